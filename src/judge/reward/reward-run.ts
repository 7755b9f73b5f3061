import { existsSync } from 'node:fs';
import { EvosiftError } from '../../base/errors.js';
import { AppendFile } from '../../files/append-file.js';
import { syncFolder } from '../../files/atomic-file.js';
import { readLines } from '../../files/json-lines.js';
import { RunDirectory, type OpenRunOptions, type RunKind } from '../../runs/run-directory.js';
import { parseRewardLine, type RewardLine } from './reward-line.js';

type RewardFile = 'rewards' | 'verdicts';

const REWARD_RUN: RunKind<RewardFile> = {
  files: { rewards: 'rewards.jsonl', verdicts: 'verdicts.jsonl' },
  work: 'rewards',
};

/** A run's start, as its manifest records it. */
export interface RewardStart {
  readonly paths: readonly string[];
  readonly model: string;
  readonly device: string;
  readonly threads: number;
  readonly limit: number | null;
}

/**
 * A run that gives rewards: an append-only `rewards.jsonl`, besides what every run has. What `commit` has resolved for is
 * durable; opened again with the same identity it goes on behind the last whole line.
 */
export class RewardRun implements AsyncDisposable {
  private constructor(
    readonly directory: RunDirectory<RewardFile>,
    private readonly rewards: AppendFile,
    private last: number | null,
    private count: number,
    /** Tokens that were read for the rows of earlier starts. */
    readonly tokensBefore: number,
  ) {}

  /** @throws EvosiftError as `RunDirectory.open`; `bad_data` where its rewards are damaged. */
  static async open(
    path: string,
    { start, ...options }: OpenRunOptions & { readonly start: RewardStart },
  ): Promise<RewardRun> {
    const directory = await RunDirectory.open(path, REWARD_RUN, options);
    try {
      let last: number | null = null;
      let [rows, tokens, size] = [0, 0, 0];
      for await (const { line, end } of linesOf(directory.file('rewards'))) {
        last = line.index;
        size = end;
        rows++;
        tokens += line.tokens ?? 0;
      }
      await directory.begin({ at: new Date().toISOString(), pid: process.pid, ...start, resumed_rows: rows });
      const rewards = await AppendFile.open(directory.file('rewards'), size);
      await syncFolder(path);
      return new RewardRun(directory, rewards, last, rows, tokens);
    } catch (error) {
      await directory.close();
      throw error;
    }
  }

  /** Index of the last committed row, or null: where to go on. */
  get lastIndex(): number | null {
    return this.last;
  }

  /** Rows that are committed, those of earlier starts included. */
  get rows(): number {
    return this.count;
  }

  /** Writes the lines of some rows, in input order, and makes them durable. Throws `disk_full`, `run_busy`. */
  async commit(lines: readonly RewardLine[]): Promise<void> {
    if (lines.length === 0) return;
    await this.directory.check();
    await this.rewards.append(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    this.last = lines.at(-1)?.index ?? this.last;
    this.count += lines.length;
  }

  /** Those of the first `total` rows that are committed, in order. */
  async *lines(total: number): AsyncGenerator<RewardLine, void, undefined> {
    for await (const { line } of linesOf(this.directory.file('rewards'))) {
      if (line.index >= total) return;
      yield line;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rewards.close();
    await this.directory.close();
  }
}

/** The whole lines of a file, each with where it ends; a torn last one is left out. */
async function* linesOf(path: string): AsyncGenerator<{ readonly line: RewardLine; readonly end: number }> {
  if (!existsSync(path)) return;
  for await (const { bytes, offset, line: number } of readLines(path)) {
    const line = parseRewardLine(bytes.toString());
    if (line === null) {
      throw new EvosiftError('bad_data', `${path} line ${number} is damaged; start the run over with \`force\``);
    }
    yield { line, end: offset + bytes.length + 1 };
  }
}
