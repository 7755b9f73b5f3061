import { histogram, type Bins, type Histogram } from './histogram.js';
import { mean, standardDeviation } from './mean.js';
import { quantile } from './quantile.js';

const QUANTILES = [1, 5, 25, 50, 75, 95, 99] as const;

/** How values are distributed. Of no values all but `count` and the histogram is null, and so is `sd` of one. */
export interface Distribution {
  readonly count: number;
  readonly mean: number | null;
  /** Over count - 1. */
  readonly sd: number | null;
  readonly min: number | null;
  /** Interpolated between neighbours. */
  readonly quantiles: Readonly<Record<`p${(typeof QUANTILES)[number]}`, number | null>>;
  readonly max: number | null;
  readonly histogram: Histogram;
}

/** @param values Finite, in any order. */
export function describeValues(values: Float64Array, bins: Bins): Distribution {
  const ascending = values.slice().sort();
  const quantiles = QUANTILES.map((percent) => [`p${percent}`, orNull(quantile(ascending, percent / 100))] as const);
  return {
    count: values.length,
    mean: orNull(mean(values)),
    sd: orNull(standardDeviation(values)),
    min: ascending[0] ?? null,
    quantiles: Object.fromEntries(quantiles) as Distribution['quantiles'],
    max: ascending.at(-1) ?? null,
    histogram: histogram(values, bins),
  };
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
