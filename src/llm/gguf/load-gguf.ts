import { resolve } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import type { Generator } from '../generator.js';
import { GgufGenerator, SequencePool } from './gguf-generator.js';
import { openModel, type GgufOptions } from './open-model.js';

interface Shared {
  readonly path: string;
  readonly opened: Promise<{ readonly pool: SequencePool; readonly dispose: () => Promise<void> }>;
  users: number;
}

/** The one model of this process. */
let shared: Shared | null = null;
/** Settles when the model before it is gone. */
let disposed: Promise<void> = Promise.resolve();

/**
 * Loads a GGUF file, or shares it where this process has it loaded already (then `options` are those of the first
 * load). Calls of `generate` at the same time are evaluated in one batch. `logprobs` are not offered, and a temperature
 * that is left out is 0.
 *
 * @throws EvosiftError `generator_unavailable` where another file is loaded, or node-llama-cpp, a binary for this machine
 *   or memory is missing; `model_not_found`; `bad_weights`.
 */
export async function loadGguf(path: string, options: GgufOptions = {}): Promise<Generator> {
  const wanted = resolve(path);
  if (shared !== null && shared.path !== wanted) {
    throw new EvosiftError(
      'generator_unavailable',
      `gguf:${path}: a process runs one GGUF model, and this one runs ${shared.path}; run the other in a second process, or serve it with llama-server`,
    );
  }
  const mine = (shared ??= { path: wanted, opened: open(wanted, options), users: 0 });
  mine.users++;
  try {
    const { pool, dispose } = await mine.opened;
    return new GgufGenerator(pool, () => leave(mine, dispose));
  } catch (error) {
    if (shared === mine) shared = null;
    throw error;
  }
}

async function open(path: string, options: GgufOptions): Promise<Awaited<Shared['opened']>> {
  await disposed;
  const opened = await openModel(path, options);
  return { pool: new SequencePool(opened), dispose: () => opened.llama.dispose() };
}

/** The last user's leaving frees the model. */
async function leave(mine: Shared, dispose: () => Promise<void>): Promise<void> {
  mine.users--;
  if (mine.users > 0) return;
  shared = null;
  disposed = dispose();
  await disposed;
}
