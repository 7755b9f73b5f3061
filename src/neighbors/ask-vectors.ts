import { abortOf, throwIfAborted } from '../async/abort.js';
import type { NativeVectors } from '../engine/native/addon-types.js';
import { loadAddon } from '../engine/native/load-addon.js';
import { settle } from '../engine/native/settle.js';
import type { NeighborOptions } from './neighbor-options.js';
import type { VectorSet } from './vector-set.js';

const PROGRESS_MS = 200;

/** The addon's form of a set: a copy, which goes with the object. */
export const openVectors = (
  { values, dimension }: VectorSet,
  { metric, threads = 0 }: Pick<NeighborOptions, 'metric' | 'threads'>,
): NativeVectors => loadAddon().vectors(values, dimension, metric === 'cosine', threads);

/**
 * Asks the addon about a set of vectors: with progress, until it answers or the signal aborts.
 *
 * @throws EvosiftError `aborted`; `bad_data` for a value that is not finite or a cosine of zeros, by the vector's number;
 *   `engine_failed` for want of memory; `addon_unavailable`, `unsupported_platform`.
 */
export async function askVectors<Answer>(
  set: VectorSet,
  options: NeighborOptions,
  ask: (vectors: NativeVectors) => Promise<Answer>,
): Promise<Answer> {
  const { signal, onProgress } = options;
  throwIfAborted(signal);
  const vectors = openVectors(set, options);
  const cancel = (): void => vectors.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const tell = onProgress && setInterval(() => onProgress(vectors.progress()), PROGRESS_MS);
  try {
    return await settle(ask(vectors));
  } catch (error) {
    throw abortOf(signal) ?? error;
  } finally {
    clearInterval(tell);
    signal?.removeEventListener('abort', cancel);
  }
}
