import { createHash } from 'node:crypto';
import type { Operation } from '../operations/operations.js';

/** Which operation a row's round takes. `attempt` counts the tries after an elimination, from 0. */
export interface Schedule {
  operationFor(index: number, round: number, attempt: number): Operation;
}

/**
 * Takes operations in turn: number (index + round) mod n, as the published code does. A try after an elimination takes
 * the next one.
 *
 * @param operations At least one.
 */
export function rotatingSchedule(operations: readonly Operation[]): Schedule {
  return scheduleFrom(operations, (index, round) => index + round);
}

/**
 * Draws the operations by chance, the same ones for the same `seed`, row and round whatever came before. A try after an
 * elimination takes the one that follows in the list.
 *
 * @param operations At least one.
 */
export function randomSchedule(operations: readonly Operation[], seed: number): Schedule {
  return scheduleFrom(operations, (index, round) => draw(`${seed}:${index}:${round}`));
}

/** A schedule of one operation, which every round of every row takes. */
export const constantSchedule = (operation: Operation): Schedule => scheduleFrom([operation], () => 0);

function scheduleFrom(operations: readonly Operation[], first: (index: number, round: number) => number): Schedule {
  return {
    operationFor(index, round, attempt) {
      const operation = operations[(first(index, round) + attempt) % operations.length];
      if (operation === undefined) throw new RangeError('a schedule needs an operation');
      return operation;
    },
  };
}

/** 32 bits of a hash: uniform enough to choose among a handful, and the same on every machine. */
const draw = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0);
