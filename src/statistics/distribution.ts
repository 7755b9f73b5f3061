import { mean, standardDeviation } from './mean.js';
import { quantile } from './quantile.js';

export const QUANTILES = ['q01', 'q05', 'q25', 'q50', 'q75', 'q95', 'q99'] as const;

/** How values are distributed. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  /** Of the values themselves, not of a population that they are a sample of. */
  readonly sd: number;
  readonly min: number;
  /** Interpolated between neighbours, unless it is said otherwise. */
  readonly quantiles: Readonly<Record<(typeof QUANTILES)[number], number>>;
  readonly max: number;
}

/** Null of no values. @param values Finite, in any order. */
export function describeValues(values: Float64Array): Distribution | null {
  const ascending = values.slice().sort();
  const [min, max] = [ascending[0], ascending.at(-1)];
  if (min === undefined || max === undefined) return null;
  return {
    count: values.length,
    mean: mean(values),
    sd: standardDeviation(values),
    min,
    quantiles: quantilesBy((share) => quantile(ascending, share)),
    max,
  };
}

/** @param quantileOf Of a share from 0 to 1. */
export const quantilesBy = (quantileOf: (share: number) => number): Distribution['quantiles'] =>
  Object.fromEntries(
    QUANTILES.map((name) => [name, quantileOf(Number(name.slice(1)) / 100)]),
  ) as Distribution['quantiles'];
