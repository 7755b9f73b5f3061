import type { ScoredRun } from '../../runs/scored-run.js';
import { silentLogger, type Logger } from '../../base/logger.js';
import type { UnscoredOutcome } from '../outcome.js';

type Level = keyof Logger;

/** Rows without a score that one entry names. */
const ROWS_PER_ENTRY = 64;

/** Writes a run's `log.jsonl`, and tells a logger the same. Entries are written one after another, behind the work. */
export class RunLog {
  readonly #run: ScoredRun;
  readonly #logger: Logger;
  #unscored: UnscoredOutcome[] = [];
  #written: Promise<void> = Promise.resolve();

  constructor(run: ScoredRun, logger: Logger = silentLogger) {
    this.#run = run;
    this.#logger = logger;
  }

  info(fields: object, message: string): void {
    this.#entry('info', fields, message);
  }

  error(fields: object, message: string): void {
    this.#entry('error', fields, message);
  }

  /** Notes a row without a score; some of them make an entry. */
  unscored(outcome: UnscoredOutcome): void {
    this.#unscored.push(outcome);
    if (this.#unscored.length >= ROWS_PER_ENTRY) this.#flushUnscored();
  }

  #flushUnscored(): void {
    const [first, ...others] = this.#unscored;
    if (first === undefined) return;
    const rows = this.#unscored.map(({ index, turn, reason, detail }) => ({
      index,
      ...(turn !== null && { turn }),
      reason,
      detail,
    }));
    this.#unscored = [];
    const more = others.length > 0 ? `, and ${others.length} more` : '';
    this.#entry('warn', { rows }, `row ${first.index} has no score (${first.reason}): ${first.detail}${more}`);
  }

  #entry(level: Level, fields: object, message: string): void {
    this.#logger[level](fields, message);
    // A log that cannot be written, on a full disk say, is no reason to stop: what it is about would stop the run.
    this.#written = this.#written.then(() => this.#run.log({ level, message, ...fields })).catch(() => {});
  }

  /** Writes what is still to be written. */
  async close(): Promise<void> {
    this.#flushUnscored();
    await this.#written;
  }
}
