import { averageRanks } from './average-ranks.js';
import { mean } from './mean.js';

/**
 * Spearman's rank correlation: Pearson's of the ranks, equal values sharing the average of theirs (Spearman 1904). Null of
 * fewer than two pairs, and where one side is the same everywhere.
 */
export function spearman(a: Float64Array, b: Float64Array): number | null {
  return a.length < 2 ? null : pearson(averageRanks(a), averageRanks(b));
}

function pearson(a: Float64Array, b: Float64Array): number | null {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [squaresA, squaresB, products] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const [offA, offB] = [value - meanA, (b[index] ?? NaN) - meanB];
    squaresA += offA * offA;
    squaresB += offB * offB;
    products += offA * offB;
  }
  return squaresA === 0 || squaresB === 0 ? null : products / Math.sqrt(squaresA * squaresB);
}
