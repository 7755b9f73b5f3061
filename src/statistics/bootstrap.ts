import type { Random } from './random.js';
import { quantile } from './quantile.js';

/** An interval that a value lies in with a stated confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Means of columns over rows that were drawn again with replacement, as many as there are (Efron 1979): for each column
 * the mean of each resample, one resample being the same rows in all columns. A NaN is no value; a mean of none is NaN.
 */
export function resampledMeans(columns: readonly Float64Array[], resamples: number, random: Random): Float64Array[] {
  const rows = columns[0]?.length ?? 0;
  const held = columns.map(withoutHoles);
  const means = columns.map(() => new Float64Array(resamples));
  const times = new Float64Array(rows);
  for (let resample = 0; resample < resamples; resample++) {
    times.fill(0);
    for (let draw = 0; draw < rows; draw++) {
      const row = random.below(rows);
      times[row] = (times[row] ?? 0) + 1;
    }
    for (const [number, { values, exists }] of held.entries()) {
      const into = means[number];
      if (into !== undefined) into[resample] = dot(times, values) / (exists === null ? rows : dot(times, exists));
    }
  }
  return means;
}

/** A column's values with 0 for none, and 1 where there is one; null where every row has a value. */
function withoutHoles(column: Float64Array): { readonly values: Float64Array; readonly exists: Float64Array | null } {
  if (!column.some(Number.isNaN)) return { values: column, exists: null };
  return {
    values: column.map((value) => (Number.isNaN(value) ? 0 : value)),
    exists: column.map((value) => (Number.isNaN(value) ? 0 : 1)),
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < a.length; row++) sum += (a[row] ?? 0) * (b[row] ?? 0);
  return sum;
}

/** The percentile interval of resampled values; null where there are none. */
export function percentileInterval(resampled: Float64Array, confidence: number): Interval | null {
  const ascending = resampled.filter((value) => !Number.isNaN(value)).sort();
  const outside = (1 - confidence) / 2;
  if (ascending.length === 0) return null;
  return { low: quantile(ascending, outside), high: quantile(ascending, 1 - outside) };
}
