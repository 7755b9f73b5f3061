import { contentHash } from '../rows/content-hash.js';
import type { Exchange } from '../rows/example.js';
import type { ScoreLine } from '../runs/score-line.js';
import { EvosiftError } from '../base/errors.js';
import type { IndexedRow } from './parsed-rows.js';
import type { ScoreOptions } from './score-options.js';
import type { Scorer } from './scorer.js';
import { toScoreLine } from './to-score-line.js';
import type { Scoring } from '../evolve/scoring.js';
import type { Variant, VariantScores } from '../evolve/variant.js';
import type { LossFile } from './loss-file.js';

/** How variants are scored. */
export type VariantScoring = Pick<ScoreOptions, 'recipe' | 'template' | 'maxLength' | 'overflow'>;

/** Characters to a token of prose, about; a text of more than this times the context won't fit. */
const CHARACTERS_PER_TOKEN = 4;

interface Waiting {
  readonly resolve: (line: ScoreLine) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Scores variants as they come, whoever brings them, through one stream, so that they share batches. A content that the
 * run has scored before is not scored again.
 */
export class ScoringStream implements Scoring, AsyncDisposable {
  readonly maxCharacters: number;
  readonly #losses: LossFile;
  readonly #waiting = new Map<number, Waiting>();
  readonly #inHand = new Map<string, Promise<ScoreLine>>();
  #queue: IndexedRow[] = [];
  #next = 0;
  #wake: () => void = () => {};
  #ended = false;
  #failure: unknown = null;
  readonly #consuming: Promise<void>;

  constructor(scorer: Scorer, options: VariantScoring, losses: LossFile, signal?: AbortSignal) {
    this.maxCharacters = scorer.info.contextLength * CHARACTERS_PER_TOKEN;
    this.#losses = losses;
    this.#consuming = this.#consume(scorer, options, signal);
  }

  async score({ instruction, input, response }: Variant): Promise<VariantScores> {
    const example: Exchange = {
      kind: 'exchange',
      instruction,
      input,
      response: response ?? '',
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

  async #consume(scorer: Scorer, options: VariantScoring, signal: AbortSignal | undefined): Promise<void> {
    try {
      for await (const outcome of scorer.scoreParsed(this.#rows(), { ...options, signal })) {
        const line = toScoreLine(outcome, options);
        // A worker's death says nothing of the row.
        if (line.reason !== 'worker_failed') this.#losses.add(line);
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

const scoresOf = (line: ScoreLine): VariantScores => ({
  lossQ: line.loss_q,
  lossAGivenQ: line.loss_a_given_q,
  lossA: line.loss_a,
  ifd: line.ifd,
  icIfd: line.ic_ifd,
  unscored: line.reason,
});
