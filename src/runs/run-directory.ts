import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RUN_FILES } from './read-run.js';
import type { NewStart, RunIdentity, RunTimings } from './run-identity.js';
import { LF } from '../files/bytes.js';
import { readChunks } from '../files/chunks.js';
import { syncFolder, writeFileAtomic } from '../files/atomic-file.js';
import { lockRun, type RunLock } from './run-lock.js';
import { compatibleManifest, writeManifest } from './manifest.js';
import { RunTotals, type RunSummary } from './run-totals.js';
import { AppendFile } from '../files/append-file.js';
import { readScoreLines, scoreText } from './score-file.js';
import type { ScoreLine } from './score-line.js';

export interface OpenRunOptions {
  readonly identity: RunIdentity;
  readonly start: NewStart;
  /** Name and version of the program, for the manifest. */
  readonly program: string;
  /** Start over: drop what an earlier run has left in the directory. */
  readonly force?: boolean;
}

/**
 * A run: `manifest.json`, an append-only `scores.jsonl`, `summary.json` and `log.jsonl` in one directory that one
 * process at a time writes to. What `commit` has resolved for is durable; whenever the process is killed, opening the
 * directory again with the same identity goes on behind the last whole row, and ends with the same bytes.
 */
export class RunDirectory implements AsyncDisposable {
  readonly #lock: RunLock;
  readonly #scores: AppendFile;
  readonly #log: AppendFile;
  readonly #totals: RunTotals;
  #committing = false;
  #closed = false;

  private constructor(
    readonly path: string,
    parts: { lock: RunLock; scores: AppendFile; log: AppendFile; totals: RunTotals },
  ) {
    this.#lock = parts.lock;
    this.#scores = parts.scores;
    this.#log = parts.log;
    this.#totals = parts.totals;
  }

  /**
   * Makes the directory or goes on in it. Throws `run_busy` where another process is at it, `run_mismatch` where it
   * holds a run of another identity (the message says what differs), `bad_data` where its files are damaged,
   * `disk_full`.
   */
  static async open(path: string, options: OpenRunOptions): Promise<RunDirectory> {
    const lock = await lockRun(path);
    const opened: AppendFile[] = [];
    try {
      if (options.force === true) await clear(path);
      const manifest = await compatibleManifest<RunIdentity>(path, options.identity, RUN_FILES.scores);
      const scoresPath = join(path, RUN_FILES.scores);
      const { totals, size } = await committedPart(scoresPath, options.identity.turns === 'each');
      const { program, identity } = options;
      const start = { ...options.start, at: new Date().toISOString(), pid: process.pid, resumed_rows: totals.rows };
      await writeManifest(path, { version: 1, program, identity, starts: [...(manifest?.starts ?? []), start] });
      const scores = await AppendFile.open(scoresPath, size);
      opened.push(scores);
      const logPath = join(path, RUN_FILES.log);
      const log = await AppendFile.open(logPath, await wholeLines(logPath));
      opened.push(log);
      await syncFolder(path);
      return new RunDirectory(path, { lock, scores, log, totals });
    } catch (error) {
      for (const file of opened) await file.close();
      await lock.release();
      throw error;
    }
  }

  /** Rows that are committed, those of earlier starts included. */
  get rows(): number {
    return this.#totals.rows;
  }

  /** Index of the last committed row, or null: where to go on. */
  get lastIndex(): number | null {
    return this.#totals.lastIndex;
  }

  /** Counts and means over all committed rows. */
  get summary(): RunSummary {
    return this.#totals.summary();
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
      await this.#lock.check();
      await this.#scores.append(lines.map(scoreText).join(''));
      for (const line of lines) this.#totals.add(line);
    } finally {
      this.#committing = false;
    }
  }

  /** Adds an entry to `log.jsonl`, with the time before it. */
  async log(entry: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#log.append(`${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
  }

  /** Writes `summary.json`. `complete`: every row of the run (its shard, if it is one) has an outcome. */
  async writeSummary(timings: RunTimings, complete: boolean): Promise<void> {
    const report = { ...this.summary, complete, ...timings };
    await writeFileAtomic(join(this.path, RUN_FILES.summary), `${JSON.stringify(report, null, 2)}\n`);
  }

  /** Frees the directory for others. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#scores.close();
    await this.#log.close();
    await this.#lock.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function clear(path: string): Promise<void> {
  for (const name of [RUN_FILES.manifest, RUN_FILES.scores, RUN_FILES.summary, RUN_FILES.log]) {
    await rm(join(path, name), { force: true });
  }
}

/**
 * What there is of a `scores.jsonl` up to its last whole row. Where a row may have several lines, the last row's may
 * not all be there, so that row does not count.
 */
async function committedPart(path: string, severalLines: boolean): Promise<{ totals: RunTotals; size: number }> {
  const totals = new RunTotals();
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
  for await (const chunk of readChunks(path, false)) {
    const end = chunk.lastIndexOf(LF);
    if (end >= 0) size = read + end + 1;
    read += chunk.length;
  }
  return size;
}
