import { move, transferableSymbol, valueSymbol } from 'piscina';
import { EvosiftError, type ErrorCode } from '../base/errors.js';

/**
 * What a worker sends back. An error that is the user's to act on travels as a value: thrown, it would lose its code
 * on the way between threads and be tried a second time.
 */
export type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string; readonly option: string | null };

/**
 * Runs a task inside a worker.
 *
 * @param buffersOf The buffers of the value that are transferred, not copied.
 */
export async function answer<Value>(
  task: () => Promise<Value>,
  buffersOf: (value: Value) => readonly ArrayBuffer[] = () => [],
): Promise<unknown> {
  try {
    const value = await task();
    const given: Answer<Value> = { ok: true, value };
    return move({ [transferableSymbol]: buffersOf(value), [valueSymbol]: given });
  } catch (error) {
    if (!(error instanceof EvosiftError)) throw error;
    const { code, message, option } = error;
    const refused: Answer<Value> = { ok: false, code, message, option };
    return refused;
  }
}

/** The value of an answer; @throws EvosiftError as the worker's task did. */
export function valueOf<Value>(given: Answer<Value>): Value {
  if (given.ok) return given.value;
  throw new EvosiftError(given.code, given.message, { option: given.option });
}
