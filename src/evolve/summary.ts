import { Counts, Mean } from '../base/counts.js';
import { Groups } from '../base/groups.js';
import type { LineageLine } from './lineage.js';

/** What came of the attempts at something: the yield funnel, the answers and the scores. */
export interface Yield {
  /** Attempts. */
  readonly in: number;
  /** Attempts thrown away, by eliminator. */
  readonly eliminated: Readonly<Record<string, number>>;
  /** Requests given up on, by what went wrong. */
  readonly failed: Readonly<Record<string, number>>;
  /** Candidates that came through, but another one of the same row was better. */
  readonly outdone: number;
  /** Versions that survived. */
  readonly out: number;
  /** Versions with a response of their own; and why others have none. */
  readonly responses: number;
  readonly unanswered: Readonly<Record<string, number>>;
  /** Versions with an IC-IFD, and means over those that have the value; null where none has. */
  readonly scored: number;
  readonly meanIfd: number | null;
  readonly meanIcIfd: number | null;
}

/** What `summary.json` says of a run's lineage; a function of `lineage.jsonl` alone. */
export interface EvolutionSummary {
  readonly seeds: {
    readonly in: number;
    /** Rows that can't be evolved, by reason. */
    readonly skipped: Readonly<Record<string, number>>;
    /** Rows of which only the last question is evolved, by what is left out; absent where there are none. */
    readonly ignored?: Readonly<Record<string, number>>;
    readonly scored: number;
    readonly meanIfd: number | null;
    readonly meanIcIfd: number | null;
  };
  readonly total: Yield;
  readonly rounds: Readonly<Record<string, Yield & { readonly operations: Readonly<Record<string, Yield>> }>>;
  readonly operations: Readonly<Record<string, Yield>>;
  readonly generators: Readonly<Record<string, Yield & { readonly rounds: Readonly<Record<string, Yield>> }>>;
}

/** Adds up lineage lines, always in the file's order: sums of doubles depend on it. */
export class EvolutionTotals {
  #seeds = 0;
  readonly #skipped = new Counts();
  readonly #ignored = new Counts();
  readonly #seedScores = new Scores();
  readonly #total = new YieldTotals();
  readonly #rounds = new Groups<Nested>(() => new Nested());
  readonly #operations = new Groups(() => new YieldTotals());
  readonly #generators = new Groups<Nested>(() => new Nested());

  add(line: LineageLine): void {
    if (line.status === 'seed' || line.status === 'skipped') {
      this.#seeds++;
      if (line.status === 'skipped') this.#skipped.add(line.reason);
      for (const one of line.ignored ?? []) this.#ignored.add(one);
      this.#seedScores.add(line);
      return;
    }
    const round = String(line.round);
    const operation = line.op ?? '';
    this.#total.add(line);
    this.#rounds.of(round).add(line, operation);
    this.#operations.of(operation).add(line);
    this.#generators.of(line.generator ?? '').add(line, round);
  }

  summary(): EvolutionSummary {
    const ignored = this.#ignored.values;
    return {
      seeds: {
        in: this.#seeds,
        skipped: this.#skipped.values,
        ...(Object.keys(ignored).length > 0 && { ignored }),
        ...this.#seedScores.values,
      },
      total: this.#total.values,
      rounds: this.#rounds.map(({ own, parts }) => ({ ...own.values, operations: parts.map(({ values }) => values) })),
      operations: this.#operations.map(({ values }) => values),
      generators: this.#generators.map(({ own, parts }) => ({
        ...own.values,
        rounds: parts.map(({ values }) => values),
      })),
    };
  }
}

class YieldTotals {
  #in = 0;
  #outdone = 0;
  #out = 0;
  #responses = 0;
  readonly #eliminated = new Counts();
  readonly #failed = new Counts();
  readonly #unanswered = new Counts();
  readonly #scores = new Scores();

  add(line: LineageLine): void {
    this.#in++;
    if (line.status === 'eliminated') this.#eliminated.add(line.reason);
    if (line.status === 'failed') this.#failed.add(line.reason);
    if (line.status === 'outdone') this.#outdone++;
    if (line.status !== 'survived') return;
    this.#out++;
    if (line.response !== null) this.#responses++;
    if (line.response_reason !== null) this.#unanswered.add(line.response_reason);
    this.#scores.add(line);
  }

  get values(): Yield {
    return {
      in: this.#in,
      eliminated: this.#eliminated.values,
      failed: this.#failed.values,
      outdone: this.#outdone,
      out: this.#out,
      responses: this.#responses,
      unanswered: this.#unanswered.values,
      ...this.#scores.values,
    };
  }
}

/** A group, and what it is made of. */
class Nested {
  readonly own = new YieldTotals();
  readonly parts = new Groups(() => new YieldTotals());

  add(line: LineageLine, part: string): void {
    this.own.add(line);
    this.parts.of(part).add(line);
  }
}

class Scores {
  #scored = 0;
  readonly #ifd = new Mean();
  readonly #icIfd = new Mean();

  add({ ifd = null, ic_ifd: icIfd = null }: LineageLine): void {
    if (icIfd !== null) this.#scored++;
    this.#ifd.add(ifd);
    this.#icIfd.add(icIfd);
  }

  get values(): Pick<Yield, 'scored' | 'meanIfd' | 'meanIcIfd'> {
    return { scored: this.#scored, meanIfd: this.#ifd.value, meanIcIfd: this.#icIfd.value };
  }
}
