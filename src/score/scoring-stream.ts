import { contentHash } from '../rows/content-hash.js';
import type { Exchange, ReasonCode } from '../rows/example.js';
import type { ScoreLine } from '../runs/score-line.js';
import { EvosiftError } from '../base/errors.js';
import type { IndexedRow } from './parsed-rows.js';
import type { RecipeOptions } from './score-options.js';
import type { Scorer } from './scorer.js';
import { toScoreLine } from './to-score-line.js';
import type { IndexedLog } from '../files/indexed-log.js';

/** An instruction with its answer; null where it has none. */
export interface ScoredText {
  readonly instruction: string;
  readonly input: string;
  readonly response: string | null;
  /** What was thought before the answer. */
  readonly reasoning?: string | null;
}

/** The scores of a text, null where it has none. */
export interface TextScores {
  readonly lossQ: number | null;
  readonly lossAGivenQ: number | null;
  readonly lossA: number | null;
  readonly ifd: number | null;
  readonly icIfd: number | null;
  readonly unscored: ReasonCode | null;
}

/** Scores texts as they come; equal ones are scored once. */
export interface Scoring {
  /** @throws EvosiftError `aborted`, `closed`, `engine_failed`. */
  score(text: ScoredText): Promise<TextScores>;
  /** About the most characters that the scorer's context holds. */
  readonly maxCharacters: number;
}

/** Characters to a token of prose, about; a text of more than this times the context won't fit. */
const CHARACTERS_PER_TOKEN = 4;

interface Waiting {
  readonly resolve: (line: ScoreLine) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Scores texts as they come, whoever brings them, through one stream, so that they share batches. What the log of
 * earlier scores has is not scored again.
 */
export class ScoringStream implements Scoring, AsyncDisposable {
  readonly maxCharacters: number;
  readonly #losses: IndexedLog<ScoreLine>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #inHand = new Map<string, Promise<ScoreLine>>();
  #queue: IndexedRow[] = [];
  #next = 0;
  #wake: () => void = () => {};
  #ended = false;
  #failure: unknown = null;
  readonly #consuming: Promise<void>;

  constructor(scorer: Scorer, options: RecipeOptions, losses: IndexedLog<ScoreLine>, signal?: AbortSignal) {
    this.maxCharacters = scorer.info.contextLength * CHARACTERS_PER_TOKEN;
    this.#losses = losses;
    this.#consuming = this.#consume(scorer, options, signal);
  }

  async score({ instruction, input, response, reasoning = null }: ScoredText): Promise<TextScores> {
    const example: Exchange = {
      kind: 'exchange',
      instruction,
      input,
      response: response ?? '',
      ...(reasoning !== null && reasoning.trim() !== '' && { reasoning }),
      system: '',
      history: [],
    };
    const hash = contentHash(example);
    const line = this.#inHand.get(hash) ?? this.#lineOf(hash, example);
    this.#inHand.set(hash, line);
    try {
      return scoresOf(await line);
    } finally {
      this.#inHand.delete(hash);
    }
  }

  async #lineOf(hash: string, example: Exchange): Promise<ScoreLine> {
    const [known] = (await this.#losses.find(hash)) ?? [];
    if (known !== undefined) return known;
    if (this.#failure !== null) throw this.#failure;
    if (this.#ended) throw new EvosiftError('closed', 'The run was closed.');
    const index = this.#next++;
    return await new Promise<ScoreLine>((resolve, reject) => {
      this.#waiting.set(index, { resolve, reject });
      this.#queue.push({ index, row: { ok: true, id: null, hash, example } });
      this.#wake();
    });
  }

  async #consume(scorer: Scorer, options: RecipeOptions, signal: AbortSignal | undefined): Promise<void> {
    try {
      for await (const outcome of scorer.scoreParsed(this.#rows(), { ...options, signal })) {
        const line = toScoreLine(outcome, options);
        // A worker's death says nothing of the row. That a line can't be written is told by `flush`.
        if (line.reason !== 'worker_failed') this.#losses.append(line).catch(() => {});
        this.#waiting.get(outcome.index)?.resolve(line);
        this.#waiting.delete(outcome.index);
      }
    } catch (error) {
      this.#failure = error;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    }
  }

  async *#rows(): AsyncGenerator<IndexedRow, void, undefined> {
    for (;;) {
      const rows = this.#queue;
      this.#queue = [];
      yield* rows;
      if (this.#queue.length > 0) continue;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Scores what waits, then ends the stream; the scorer stays open. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#wake();
    await this.#consuming;
  }
}

const scoresOf = (line: ScoreLine): TextScores => ({
  lossQ: line.lossQ,
  lossAGivenQ: line.lossAGivenQ,
  lossA: line.lossA,
  ifd: line.ifd,
  icIfd: line.icIfd,
  unscored: line.reason,
});
