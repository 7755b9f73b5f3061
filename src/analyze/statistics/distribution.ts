import { histogram, type Bins, type Histogram } from './histogram.js';
import { mean, standardDeviation } from './mean.js';
import { quantile } from './quantile.js';

const QUANTILES = ['q01', 'q05', 'q25', 'q50', 'q75', 'q95', 'q99'] as const;

/** How values are distributed. Of no values all but `count` and the histogram is null. */
export interface MeasureDistribution {
  readonly count: number;
  readonly mean: number | null;
  /** Of the values themselves, not of a population that they are a sample of. */
  readonly sd: number | null;
  readonly min: number | null;
  /** Interpolated between neighbours. */
  readonly quantiles: Readonly<Record<(typeof QUANTILES)[number], number | null>>;
  readonly max: number | null;
  readonly histogram: Histogram;
}

/** @param values Finite, in any order. */
export function describeValues(values: Float64Array, bins: Bins): MeasureDistribution {
  const ascending = values.slice().sort();
  const quantiles = QUANTILES.map((name) => [name, orNull(quantile(ascending, Number(name.slice(1)) / 100))]);
  return {
    count: values.length,
    mean: orNull(mean(values)),
    sd: orNull(standardDeviation(values)),
    min: ascending[0] ?? null,
    quantiles: Object.fromEntries(quantiles) as MeasureDistribution['quantiles'],
    max: ascending.at(-1) ?? null,
    histogram: histogram(values, bins),
  };
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
