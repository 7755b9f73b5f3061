import { StatusLine } from './status-line.js';

/** How far a piece of work has come. */
export interface Progress {
  readonly rows: number;
  /** Rows in all, where that is known. */
  readonly total: number | null;
  /** Tokens that were read or written; null where none are counted. */
  readonly tokens: number | null;
  /** Where generators are asked: these are then what is counted, as a row takes many of them. */
  readonly questions?: QuestionProgress;
  /** What is being done, where that changes: each stage counts its rows anew. */
  readonly stage?: string;
  /** More to say of this moment. */
  readonly note?: string;
}

export interface QuestionProgress {
  readonly answered: number;
  readonly planned: number;
  /** Answered at once, by a journal: they say nothing of how long the others take. */
  readonly journaled: number;
}

export interface ProgressDisplay extends Disposable {
  update(progress: Progress): void;
  /** Writes a line of its own, above the bar where there is one. */
  say(line: string): void;
  /** Takes the bar off the screen, before something else is written there. */
  clear(): void;
}

const BAR_WIDTH = 24;

/**
 * Shows progress on standard error.
 *
 * @param label What is being done, e.g. `scoring`.
 * @param quiet Shows nothing at all.
 */
export function showProgress(label: string, quiet: boolean): ProgressDisplay {
  const status = new StatusLine(quiet);
  const rate = new Rate();
  return {
    update: (progress) => {
      // Told in any case: rates are since the first update.
      const line = rate.describe(label, progress);
      status.update(() => (status.isBar ? `${bar(progress)}${line}` : line));
    },
    say: (line) => status.say(line),
    clear: () => status.clear(),
    [Symbol.dispose]: () => status.clear(),
  };
}

/** What is counted: its name, how many are done and there are, and on how many of them time was spent. */
interface Count {
  readonly unit: string;
  readonly done: number;
  readonly total: number | null;
  readonly spent: number;
}

function countOf({ rows, total, questions }: Progress): Count {
  if (questions === undefined) return { unit: 'rows', done: rows, total, spent: rows };
  const { answered, planned, journaled } = questions;
  return { unit: 'questions', done: answered, total: planned, spent: Math.max(0, answered - journaled) };
}

/** What is done a second since a stage's first update: what a resumed run had already counts for nothing. */
class Rate {
  #begin = performance.now();
  #first: Progress | null = null;
  #last: Progress | null = null;

  describe(label: string, now: Progress): string {
    const first = this.#firstOf(now);
    const seconds = Math.max(1e-3, (performance.now() - this.#begin) / 1000);
    const { unit, done, total, spent } = countOf(now);
    const perSecond = (spent - countOf(first).spent) / seconds;
    const parts = [
      `${label} ${total === null ? `row ${done}` : `${done}/${total} ${unit}`}`,
      now.questions !== undefined && perSecond < 1
        ? `${(60 * perSecond).toFixed(1)} ${unit}/min`
        : `${perSecond.toFixed(1)} ${unit}/s`,
    ];
    if (now.tokens !== null) {
      parts.push(`${Math.round((now.tokens - (first.tokens ?? 0)) / seconds)} tokens/s`);
    }
    if (total !== null && perSecond > 0) parts.push(`${clock((total - done) / perSecond)} left`);
    if (now.stage) parts.push(now.stage);
    if (now.note) parts.push(now.note);
    return parts.join(', ');
  }

  /** The first update of the stage that goes on: another one has begun where rows are counted from the start, too. */
  #firstOf(now: Progress): Progress {
    const last = this.#last;
    this.#last = now;
    const goesOn = last !== null && last.stage === now.stage && last.rows <= now.rows;
    if (this.#first === null || !goesOn) {
      this.#begin = performance.now();
      this.#first = now;
    }
    return this.#first;
  }
}

function bar(progress: Progress): string {
  const { done, total } = countOf(progress);
  if (total === null || total === 0) return '';
  const full = Math.round((Math.min(done, total) / total) * BAR_WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] `;
}

/** Seconds as h:mm:ss or m:ss. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [hours = 0, minutes = 0, rest = 0] = parts;
  const tail = String(rest).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}
