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
  const means = columns.map(() => new Float64Array(resamples));
  const drawn = new Uint32Array(rows);
  for (let resample = 0; resample < resamples; resample++) {
    for (let row = 0; row < rows; row++) drawn[row] = random.below(rows);
    for (const [number, column] of columns.entries()) {
      const into = means[number];
      if (into !== undefined) into[resample] = meanOf(column, drawn);
    }
  }
  return means;
}

function meanOf(column: Float64Array, drawn: Uint32Array): number {
  let [sum, count] = [0, 0];
  for (const row of drawn) {
    const value = column[row] ?? NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

/** The percentile interval of resampled values; null where there are none. */
export function percentileInterval(resampled: Float64Array, confidence: number): Interval | null {
  const ascending = resampled.filter((value) => !Number.isNaN(value)).sort();
  const outside = (1 - confidence) / 2;
  if (ascending.length === 0) return null;
  return { low: quantile(ascending, outside), high: quantile(ascending, 1 - outside) };
}
