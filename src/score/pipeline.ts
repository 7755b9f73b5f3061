import { setMaxListeners } from 'node:events';
import type { Engine, EngineInfo } from '../engine/engine.js';
import { gather } from '../async/gather.js';
import { mapInOrder } from '../async/map-in-order.js';
import { untilAborted } from '../async/abort.js';
import type { BusyClock } from './busy-clock.js';
import type { ScoredSequence } from './sequences/prepared-row.js';
import { WindowPace } from './window-pace.js';

/** What becomes of an input on its way: prepared by a worker, computed by the engine, finished. */
export interface Stages<Input, Prepared, Result, Output> {
  /** UTF-16 units of text in an input, or what costs as much to prepare. */
  readonly weigh: (input: Input) => number;
  readonly prepare: (chunk: readonly Input[], signal: AbortSignal) => Promise<readonly Prepared[]>;
  readonly sequencesOf: (prepared: Prepared) => readonly ScoredSequence[];
  /** What the engine gives for sequences, one result each. */
  readonly compute: (sequences: readonly ScoredSequence[], signal: AbortSignal) => Promise<readonly Result[]>;
  /** `results` are those of the prepared thing's own sequences. */
  readonly finish: (prepared: Prepared, results: readonly Result[]) => Output;
}

export interface PipelineOptions {
  /** Tokens of a batch at most, about. */
  readonly batchTokens: number;
  readonly signal: AbortSignal | undefined;
}

/** Text that one worker task takes: some 16,000 tokens. */
const CHUNK_CHARACTERS = 64 * 1024;
/** Chunks that are prepared, or being prepared, ahead of the windows. */
const CHUNKS_AHEAD = 4;
/** How long a chunk or window waits for more of its kind: a slow source gets its answers, a fast one full batches. */
const PATIENCE_MS = 5;
/** Windows in the engine at once: when one is done the next is there already, and a third is formed meanwhile. */
const WINDOWS_IN_FLIGHT = 2;
/** What one of the engine's threads takes at a time at least: with fewer tokens it would read the weights too often. */
const LEAST_SLAB_TOKENS = 256;

/**
 * Takes inputs through two look-ahead stages, each bounded and in input order: chunks of them are prepared in workers,
 * and windows of what came of that go to the engine, in batches of even size.
 *
 * @throws EvosiftError `aborted`, and those of the engine; what a stage or `inputs` throws.
 */
export async function* pipeline<Input, Prepared, Result, Output>(
  { engine, computing }: { readonly engine: Engine; readonly computing: BusyClock },
  inputs: Iterable<Input> | AsyncIterable<Input>,
  stages: Stages<Input, Prepared, Result, Output>,
  options: PipelineOptions,
): AsyncGenerator<Output, void, undefined> {
  const stop = new AbortController();
  // Each task that waits and each batch in flight listens.
  setMaxListeners(0, stop.signal);
  const { prepare, sequencesOf, compute, finish } = stages;

  const chunks = gather(inputs, { limit: CHUNK_CHARACTERS, weigh: stages.weigh, patience: PATIENCE_MS });
  const prepared = mapInOrder(chunks, CHUNKS_AHEAD, (chunk) => prepare(chunk, stop.signal));
  const pace = new WindowPace(windowTokens(options.batchTokens, engine.info));
  const tokensOf = (one: Prepared): number => sequencesOf(one).reduce((sum, { ids }) => sum + ids.length, 0);
  const windows = gather(oneByOne(prepared), {
    // A window is full at 1, of which an item takes its share: how many tokens that is changes as it goes.
    limit: 1,
    weigh: (one) => tokensOf(one) / pace.limit,
    patience: PATIENCE_MS,
  });
  const finished = mapInOrder(windows, WINDOWS_IN_FLIGHT, async (window) => {
    const owned = window.map(sequencesOf);
    const sequences = owned.flat();
    const tokens = window.reduce((sum, one) => sum + tokensOf(one), 0);
    const results = await computing.time(() => pace.time(tokens, () => compute(sequences, stop.signal)));
    let from = 0;
    return window.map((one, number) => {
      const to = from + (owned[number]?.length ?? 0);
      const own = results.slice(from, to);
      from = to;
      return finish(one, own);
    });
  });
  try {
    yield* untilAborted(oneByOne(finished), options.signal);
  } finally {
    stop.abort();
  }
}

/** At least a small slab for each thread; at most two batches, and no fewer than two slabs for each thread. */
const windowTokens = (
  batchTokens: number,
  { threads, slabTokens, device }: EngineInfo,
): { readonly least: number; readonly most: number } => ({
  // A GPU takes its whole slab in one step, however few the rows.
  least: device === 'cuda' ? slabTokens : threads * LEAST_SLAB_TOKENS,
  most: batchTokens * Math.max(2, Math.ceil((2 * slabTokens * threads) / batchTokens)),
});

async function* oneByOne<Item>(groups: AsyncIterable<readonly Item[]>): AsyncGenerator<Item, void, undefined> {
  for await (const group of groups) yield* group;
}
