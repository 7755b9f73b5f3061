import { EvosiftError } from '../base/errors.js';
import { option, type OptionSpec } from '../base/options.js';

/** Vectors end to end: number i is `values[i * dimension]` and those after it, so there are `values.length / dimension`. */
export interface VectorSet {
  readonly values: Float32Array;
  readonly dimension: number;
}

export const countOf = ({ values, dimension }: VectorSet): number => values.length / dimension;

/** An option that is a set of vectors. */
export const vectorSet: OptionSpec<VectorSet> = option<VectorSet>(
  {
    expected: 'a Float32Array `values` of whole vectors, and their `dimension`, an integer of at least 1',
    accepts: isVectorSet,
  },
  {},
);

function isVectorSet(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { values, dimension } = value as Partial<Record<keyof VectorSet, unknown>>;
  return (
    values instanceof Float32Array &&
    Number.isSafeInteger(dimension) &&
    Number(dimension) >= 1 &&
    values.length % Number(dimension) === 0
  );
}

/**
 * @param call The call's name, which begins the message.
 * @throws EvosiftError `bad_argument` for what is no set of vectors.
 */
export function checkVectorSet(call: string, vectors: VectorSet): void {
  if (isVectorSet(vectors)) return;
  const { values, dimension } = vectors ?? {};
  const given = values instanceof Float32Array ? `; given ${values.length} values and dimension ${dimension}` : '';
  throw new EvosiftError('bad_argument', `${call}: the vectors must be ${vectorSet.expected}${given}`);
}
