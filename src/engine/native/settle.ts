import { EvosiftError, type ErrorCode } from '../../base/errors.js';

/** The addon's errors carry an `EvosiftError` code; here they become one. */
export async function settle<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    const { code, message } = cause as Error & { code?: ErrorCode };
    throw new EvosiftError(code ?? 'engine_failed', message, { cause });
  }
}
