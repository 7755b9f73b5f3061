import type { EngineInfo } from '../engine/engine.js';
import { TaskFailedError, type WorkerPool } from '../async/worker-pool.js';
import type { EncodedSequence, TextSequence } from './sequences/encode-sequence.js';
import { checkSequence, type NllSequence } from './nll-sequence.js';
import {
  abortSignal,
  checkOptions,
  fillOptions,
  integer,
  toggle,
  type Filled,
  type OptionTable,
} from '../base/options.js';
import { pipeline } from './pipeline.js';
import type { ScoredSequence } from './sequences/prepared-row.js';
import { defaultBatchTokens } from './score-options.js';
import type { ScoringParts } from './score-rows.js';
import { sequenceLosses, type SequenceLosses } from './sequence-losses.js';
import { workerTask } from './worker-task.js';

export interface NllOptions {
  /** Also the top-1 probability and the entropy (nats) of the distribution at each target. */
  readonly stats?: boolean;
  /** Tokens in a batch; default 16,384. Losses do not depend on it. */
  readonly batchTokens?: number;
  readonly signal?: AbortSignal;
}

/**
 * The losses of a sequence in nats: one for each id but the first, or where there is a context, for each token of the
 * text; they are those of the last ids. Or why there are none.
 */
export type NllResult =
  | {
      readonly ok: true;
      readonly ids: Int32Array;
      readonly nll: Float32Array;
      readonly top1: Float32Array | null;
      readonly entropy: Float32Array | null;
    }
  | { readonly ok: false; readonly reason: string };

export const NLL_OPTIONS = {
  stats: toggle({
    flag: '--stats',
    help: 'also top1 (probability of the most likely token) and entropy (nats)',
    default: false,
  }),
  batchTokens: integer({ from: 1 }, {}),
  signal: abortSignal,
} as const satisfies OptionTable<NllOptions>;

type NllSettings = Filled<NllOptions, typeof NLL_OPTIONS>;

/** @throws EvosiftError `bad_argument`, naming the option and its value. */
export function settleNllOptions(options: NllOptions): NllSettings {
  checkOptions('nll', options, NLL_OPTIONS);
  return fillOptions(options, NLL_OPTIONS);
}

/** A sequence that is ready for the engine, or the reason why it is not. */
type Encoded = { readonly sequence: ScoredSequence } | { readonly sequence: null; readonly reason: string };

/** Losses of sequences, in order. @throws EvosiftError `aborted`, `closed`, `engine_failed`, `unsupported_tokenizer`. */
export function nllOf(
  { engine, pool, tokenising, computing }: ScoringParts,
  sequences: Iterable<NllSequence> | AsyncIterable<NllSequence>,
  { batchTokens = defaultBatchTokens(engine.info), stats, signal }: NllSettings,
): AsyncGenerator<NllResult, void, undefined> {
  return pipeline(
    { engine, computing },
    checkedSequences(sequences),
    {
      weigh: sizeOf,
      prepare: (chunk, stop) => tokenising.time(() => encodeChunk(pool, chunk, engine.info, stop)),
      sequencesOf: ({ sequence }) => (sequence === null ? [] : [sequence]),
      compute: (ready, stop) => sequenceLosses(engine, ready, { batchTokens, stats, signal: stop }),
      finish: toResult,
    },
    { batchTokens, signal },
  );
}

async function* checkedSequences(sequences: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<NllSequence> {
  for await (const sequence of sequences) yield checkSequence(sequence);
}

const sizeOf = (sequence: NllSequence): number => {
  if ('ids' in sequence) return 1 + sequence.ids.length;
  return 'text' in sequence ? 1 + sequence.text.length : 1;
};

async function encodeChunk(
  pool: WorkerPool,
  chunk: readonly NllSequence[],
  model: EngineInfo,
  signal: AbortSignal,
): Promise<Encoded[]> {
  const texts = chunk.filter((sequence) => 'text' in sequence);
  const encoded = await encodeTexts(pool, texts, signal);
  let next = 0;
  return chunk.map((sequence) => {
    if ('problem' in sequence) return { sequence: null, reason: sequence.problem };
    if ('ids' in sequence) return checked(sequence.ids, 1, model);
    const text = encoded[next++];
    if (text === undefined) throw new RangeError('a worker answered for fewer texts than it was given');
    return text.ids === null ? { sequence: null, reason: text.reason } : checked(text.ids, text.from, model);
  });
}

async function encodeTexts(
  pool: WorkerPool,
  texts: readonly TextSequence[],
  signal: AbortSignal,
): Promise<readonly EncodedSequence[]> {
  if (texts.length === 0) return [];
  const encoded = await workerTask<readonly EncodedSequence[]>(pool, 'encode', texts, signal);
  if (!(encoded instanceof TaskFailedError)) return encoded;
  const reason = `the worker that tokenised this text failed twice: ${encoded.message}`;
  return texts.map(() => ({ ids: null, reason }));
}

/** Ids as a sequence of which all from position `from` on is scored, if the model can read them. */
function checked(ids: ArrayLike<number>, from: number, { vocabSize, contextLength }: EngineInfo): Encoded {
  for (let position = 0; position < ids.length; position++) {
    const id = ids[position];
    if (!Number.isInteger(id) || Number(id) < 0 || Number(id) >= vocabSize) {
      return { sequence: null, reason: `ids[${position}] = ${id} is no id of the model: [0, ${vocabSize})` };
    }
  }
  if (ids.length > contextLength) {
    return { sequence: null, reason: `${ids.length} tokens, more than the model's context of ${contextLength}` };
  }
  const spans = from < ids.length ? Int32Array.of(from, ids.length) : new Int32Array(0);
  return { sequence: { ids: Int32Array.from(ids), spans } };
}

function toResult(encoded: Encoded, [losses]: readonly SequenceLosses[]): NllResult {
  if (encoded.sequence === null) return { ok: false, reason: encoded.reason };
  if (losses === undefined) throw new RangeError('a sequence came back without its losses');
  return { ok: true, ids: encoded.sequence.ids, ...losses };
}
