import { EvosiftError, messageOf } from '../../base/errors.js';
import { optionalPackageFault } from '../../base/optional-package.js';

export type LlamaCpp = typeof import('node-llama-cpp');

/** Not a literal where it is imported: bundlers would follow it, through the binaries of every platform. */
const PACKAGE: string = 'node-llama-cpp';

/** @throws EvosiftError `generator_unavailable` where node-llama-cpp, which is optional, is not installed. */
export async function loadLibrary(): Promise<LlamaCpp> {
  try {
    return (await import(PACKAGE)) as LlamaCpp;
  } catch (cause) {
    const missing = cause instanceof Error && Reflect.get(cause, 'code') === 'ERR_MODULE_NOT_FOUND';
    const why = missing ? 'is not installed' : `does not load: ${messageOf(cause)}`;
    throw new EvosiftError('generator_unavailable', optionalPackageFault('node-llama-cpp', 'gguf:', why), { cause });
  }
}
