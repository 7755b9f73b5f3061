import { existsSync } from 'node:fs';
import { RUN_FILES } from './read-run.js';
import type { NewStart, RunIdentity, RunTimings } from './run-identity.js';
import { LF } from '../files/bytes.js';
import { readChunks } from '../files/chunks.js';
import { syncFolder } from '../files/atomic-file.js';
import { RunDirectory, type OpenRunOptions, type RunKind } from './run-directory.js';
import { RunTotals, type RunSummary } from './run-totals.js';
import { toSnakeCase } from '../base/snake-case.js';
import { AppendFile } from '../files/append-file.js';
import { readScoreLines, scoreText } from './score-file.js';
import type { ScoreLine } from './score-line.js';

type ScoredFile = 'scores' | 'log';

const SCORED: RunKind<ScoredFile> = { files: { scores: RUN_FILES.scores, log: RUN_FILES.log }, work: 'scores' };

export interface OpenScoredRunOptions {
  readonly identity: RunIdentity;
  readonly start: NewStart;
  /** Start over: drop what an earlier run has left in the directory. */
  readonly force?: boolean;
  readonly lock?: OpenRunOptions['lock'];
}

/**
 * A run that scores: an append-only `scores.jsonl` and `log.jsonl`, besides what every run has. What `commit` has
 * resolved for is durable; whenever the process is killed, opening the directory again with the same identity goes on
 * behind the last whole row, and ends with the same bytes.
 */
export class ScoredRun implements AsyncDisposable {
  #committing = false;
  #closed = false;

  private constructor(
    private readonly directory: RunDirectory<ScoredFile>,
    private readonly scores: AppendFile,
    private readonly logFile: AppendFile,
    private readonly totals: RunTotals,
  ) {}

  /** @throws EvosiftError as `RunDirectory.open`; `bad_data` where its scores are damaged. */
  static async open(path: string, { identity, start, force = false, lock }: OpenScoredRunOptions): Promise<ScoredRun> {
    const directory = await RunDirectory.open(path, SCORED, { identity, force, lock });
    const opened: AppendFile[] = [];
    try {
      const { totals, size } = await committedPart(directory.file('scores'), identity);
      await directory.begin({
        ...start,
        at: new Date().toISOString(),
        pid: process.pid,
        resumed_rows: totals.rows,
      });
      const scores = await AppendFile.open(directory.file('scores'), size);
      opened.push(scores);
      const log = await AppendFile.open(directory.file('log'), await wholeLines(directory.file('log')));
      opened.push(log);
      await syncFolder(path);
      return new ScoredRun(directory, scores, log, totals);
    } catch (error) {
      for (const file of opened) await file.close();
      await directory.close();
      throw error;
    }
  }

  /** Rows that are committed, those of earlier starts included. */
  get rows(): number {
    return this.totals.rows;
  }

  /** Index of the last committed row, or null: where to go on. */
  get lastIndex(): number | null {
    return this.totals.lastIndex;
  }

  /** Counts and means over all committed rows. */
  get summary(): RunSummary {
    return this.totals.summary();
  }

  /**
   * Writes the lines of a window of rows, in input order and all lines of a row together, and makes them durable.
   * One call at a time. Throws `disk_full` (nothing of the window is in the file then, all before it is),
   * `run_busy` where the directory was taken over.
   */
  async commit(lines: readonly ScoreLine[]): Promise<void> {
    if (this.#committing) throw new Error('commit was called before the last one had ended');
    const [first] = lines;
    if (first === undefined) return;
    let last = this.lastIndex ?? -1;
    if (first.index === last) throw new Error(`row ${first.index} has been committed already`);
    for (const { index } of lines) {
      if (index < last) throw new Error(`row ${index} comes after row ${last}`);
      last = index;
    }
    this.#committing = true;
    try {
      await this.directory.check();
      await this.scores.append(lines.map(scoreText).join(''));
      for (const line of lines) this.totals.add(line);
    } finally {
      this.#committing = false;
    }
  }

  /** Adds an entry to `log.jsonl`, in snake_case and with the time before it. */
  async log(entry: Readonly<Record<string, unknown>>): Promise<void> {
    await this.logFile.append(`${JSON.stringify({ at: new Date().toISOString(), ...toSnakeCase(entry) })}\n`);
  }

  /** Writes `summary.json`. `complete`: every row of the run (its shard, if it is one) has an outcome. */
  async writeSummary(timings: RunTimings, complete: boolean): Promise<void> {
    await this.directory.writeSummary({ ...this.summary, complete, ...timings });
  }

  /** Frees the directory for others. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.scores.close();
    await this.logFile.close();
    await this.directory.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * What there is of a `scores.jsonl` up to its last whole row. Where a row may have several lines, the last row's may
 * not all be there, so that row does not count.
 */
async function committedPart(
  path: string,
  { format, turns }: RunIdentity,
): Promise<{ totals: RunTotals; size: number }> {
  const severalLines = turns === 'each';
  const totals = new RunTotals(format);
  let size = 0;
  if (!existsSync(path)) return { totals, size };
  let pending: { line: ScoreLine; length: number }[] = [];
  const settle = (): void => {
    for (const { line, length } of pending) {
      totals.add(line);
      size += length;
    }
    pending = [];
  };
  for await (const { line, length } of readScoreLines(path)) {
    if (!severalLines || pending[0]?.line.index !== line.index) settle();
    pending.push({ line, length });
  }
  if (!severalLines) settle();
  return { totals, size };
}

/** Bytes of a file's whole lines; 0 where there is no file. */
async function wholeLines(path: string): Promise<number> {
  if (!existsSync(path)) return 0;
  let size = 0;
  let read = 0;
  for await (const chunk of readChunks(path, null)) {
    const end = chunk.lastIndexOf(LF);
    if (end >= 0) size = read + end + 1;
    read += chunk.length;
  }
  return size;
}
