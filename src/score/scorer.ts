import type { Engine, EngineInfo } from '../engine/engine.js';
import { EvosiftError } from '../base/errors.js';
import { silentLogger, type Logger } from '../base/logger.js';
import { packageFile } from '../base/package-file.js';
import { valueOf, type Answer } from '../async/answer.js';
import { WorkerPool } from '../async/worker-pool.js';
import { BusyClock } from './busy-clock.js';
import { requireHead } from '../engine/check-head.js';
import { nllOf, settleNllOptions, type NllOptions, type NllResult } from './nll.js';
import type { NllSequence } from './nll-sequence.js';
import type { Outcome } from './outcome.js';
import { indexed, type IndexedRow, type PassingRow } from './parsed-rows.js';
import { settlePrepareOptions } from './sequences/prepare-options.js';
import { defaultBatchTokens, settleScoreOptions, type ScoreOptions } from './score-options.js';
import { scoreRows, type ScoringParts } from './score-rows.js';
import { settleRewardOptions, type RewardOptions } from './rewards/reward-options.js';
import { rewardsOf, type RewardOutcome, type RewardRow } from './rewards/rewards.js';
import type { ScoreWorkerData, TokenizerInfo } from './worker.js';

/** What a scorer runs on. */
export interface ScorerInfo extends EngineInfo {
  /** The model as it was named. */
  readonly model: string;
  /** The commit of a model from a hub; null for others. */
  readonly revision: string | null;
  /** The directory that the tokenizer was loaded from. */
  readonly tokenizerDirectory: string;
  /** Hex sha-256 over the tokenizer's files; null where there is none that can be used, and only ids have losses. */
  readonly tokenizerHash: string | null;
}

/** What makes a scorer of an engine. */
export interface ScorerSetup {
  readonly model: string;
  readonly revision?: string | null;
  readonly tokenizerDirectory: string;
  /** Computes the model's identity: hex sha-256 over its config and weights. */
  readonly modelHash: (signal?: AbortSignal) => Promise<string>;
  /** Threads that tokenise; default one for each eight of the engine's. */
  readonly workers?: number;
  readonly logger?: Logger;
}

/**
 * A loaded model that scores rows, or that gives rewards where it is a reward model. Calls may overlap: they share the engine, which always has the batches of all of
 * them to choose from.
 */
export class Scorer implements AsyncDisposable {
  readonly info: ScorerInfo;
  readonly #parts: ScoringParts;
  readonly #setup: ScorerSetup;
  readonly #tokenizer: Answer<TokenizerInfo>;
  #closing: Promise<void> | null = null;

  /** Use `createScorer` or `loadScorer`. */
  constructor(parts: ScoringParts, info: ScorerInfo, setup: ScorerSetup, tokenizer: Answer<TokenizerInfo>) {
    this.#parts = parts;
    this.info = info;
    this.#setup = setup;
    this.#tokenizer = tokenizer;
  }

  /** Seconds so far in which the workers had texts to tokenise, and the engine batches to run; they overlap. */
  get busySeconds(): { readonly tokenise: number; readonly engine: number } {
    return { tokenise: this.#parts.tokenising.seconds, engine: this.#parts.computing.seconds };
  }

  /**
   * The model's identity: hex sha-256 over its config and weights. The first call reads the weights, unless their
   * hashes are cached.
   */
  modelHash(signal?: AbortSignal): Promise<string> {
    return this.#setup.modelHash(signal);
  }

  /** The tokenizer's identity. @throws EvosiftError `unsupported_tokenizer` where there is none that can be used. */
  requireTokenizer(): string {
    return valueOf(this.#tokenizer).hash;
  }

  /**
   * Scores rows: one outcome a row, in input order (one per assistant turn with `turns: 'each'`).
   *
   * Rows are read ahead of the engine, by a bounded amount, and no faster than outcomes are taken. Leaving the loop
   * early, or aborting `signal`, drops the work in hand and closes `rows`.
   *
   * @param rows Records of any supported format. Where `format`, `columns` and `answer` are left out, each is looked
   *   at by itself.
   * @throws EvosiftError `bad_argument`, `unsupported_tokenizer` at the call; `aborted`, `closed`, `engine_failed`, or with `strict` code
   *   `strict`, from the iterator.
   */
  score(
    rows: Iterable<unknown> | AsyncIterable<unknown>,
    options: ScoreOptions = {},
  ): AsyncGenerator<Outcome, void, undefined> {
    const settings = settleScoreOptions(options);
    requireIterable('score: rows', rows);
    return this.scoreParsed(indexed(rows, settings), options);
  }

  /**
   * As `score`, for rows that were parsed already: outcomes carry the rows' own indexes. Something that is to stand
   * between them can go along as a `PassingRow`, and comes out in its place.
   */
  scoreParsed(rows: AsyncIterable<IndexedRow>, options?: ScoreOptions): AsyncGenerator<Outcome, void, undefined>;
  scoreParsed<Passing>(
    rows: AsyncIterable<IndexedRow | PassingRow<Passing>>,
    options?: ScoreOptions,
  ): AsyncGenerator<Outcome | PassingRow<Passing>, void, undefined>;
  scoreParsed<Passing>(
    rows: AsyncIterable<IndexedRow | PassingRow<Passing>>,
    options: ScoreOptions = {},
  ): AsyncGenerator<Outcome | PassingRow<Passing>, void, undefined> {
    const settings = settleScoreOptions(options);
    this.#throwIfClosed();
    this.requireLosses();
    this.requireTokenizer();
    const prepare = settlePrepareOptions(settings, this.info);
    this.#setup.logger?.debug({ ...prepare }, 'scoring rows');
    return scoreRows(this.#parts, rows, {
      prepare,
      perToken: settings.perToken,
      batchTokens: settings.batchTokens ?? defaultBatchTokens(this.info),
      strict: settings.strict,
      signal: settings.signal,
    });
  }

  /**
   * Losses of token ids or text: the low-level door. One result a sequence, in order. Ids need no tokenizer.
   *
   * @throws EvosiftError as `score`; `unsupported_tokenizer` at the first text.
   */
  nll(
    sequences: Iterable<NllSequence> | AsyncIterable<NllSequence>,
    options: NllOptions = {},
  ): AsyncGenerator<NllResult, void, undefined> {
    const settings = settleNllOptions(options);
    requireIterable('nll: sequences', sequences);
    this.#throwIfClosed();
    this.requireLosses();
    return nllOf(this.#parts, sequences, settings);
  }

  /**
   * Rewards of conversations, in the model's own chat template, each up to its last answer: one outcome a row, in input
   * order.
   *
   * @throws EvosiftError as `score`; as `requireRewards` at the call.
   */
  rewards(
    rows: Iterable<RewardRow> | AsyncIterable<RewardRow>,
    options: RewardOptions = {},
  ): AsyncGenerator<RewardOutcome, void, undefined> {
    const settings = settleRewardOptions(options, this.info);
    requireIterable('rewards: rows', rows);
    this.#throwIfClosed();
    this.requireRewards();
    return rewardsOf(this.#parts, rows, settings);
  }

  /** @throws EvosiftError `bad_argument` where the model is a reward model. */
  requireLosses(): void {
    requireHead(this.info.head, 'language_model');
  }

  /**
   * @throws EvosiftError `bad_argument` where the model is no reward model, `unsupported_tokenizer` where its tokenizer
   *   can't be used or has no chat template.
   */
  requireRewards(): void {
    requireHead(this.info.head, 'reward');
    if (valueOf(this.#tokenizer).hasChatTemplate) return;
    const text =
      `${this.info.tokenizerDirectory} has no chat template, in which a reward model is shown conversations.\n` +
      'Put the one that it was trained with there, as chat_template.jinja.';
    throw new EvosiftError('unsupported_tokenizer', text);
  }

  /** Rejects what is in flight with code `closed`; frees the weights, threads and workers. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#parts.engine.close(), this.#parts.pool.close()]).then(() => {});
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #throwIfClosed(): void {
    if (this.#closing !== null) throw new EvosiftError('closed', 'The scorer was closed.');
  }
}

function requireIterable(name: string, value: unknown): void {
  const isIterable =
    typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);
  if (!isIterable) throw new EvosiftError('bad_argument', `${name} must be an iterable or an async iterable`);
}

/**
 * A scorer over an engine that is there already; it closes the engine with itself.
 *
 * @throws EvosiftError `unsupported_platform`; then the engine is left open.
 */
export async function createScorer(engine: Engine, setup: ScorerSetup): Promise<Scorer> {
  const { model, revision = null, tokenizerDirectory, logger = silentLogger } = setup;
  const workerData: ScoreWorkerData = { directory: tokenizerDirectory };
  const threads = setup.workers ?? Math.ceil(engine.info.threads / 8);
  const pool = new WorkerPool({ filename: packageFile('workers/score'), threads, workerData });
  try {
    const tokenizer = await pool.run<Answer<TokenizerInfo>>('describe', null);
    if (!tokenizer.ok && tokenizer.code !== 'unsupported_tokenizer') valueOf(tokenizer);
    const tokenizerHash = tokenizer.ok ? tokenizer.value.hash : null;
    const info = { ...engine.info, model, revision, tokenizerDirectory, tokenizerHash };
    logger.info({ ...info, workers: threads }, 'model loaded');
    const parts = { engine, pool, tokenising: new BusyClock(), computing: new BusyClock() };
    return new Scorer(parts, info, setup, tokenizer);
  } catch (error) {
    await pool.close();
    throw error;
  }
}
