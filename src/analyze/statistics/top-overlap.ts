/**
 * Of the `count` rows that are highest by one measure, the share that is among the `count` highest by another: 1 where both
 * choose the same rows, about count / rows where they have nothing to do with each other. Ties keep the rows' order, as
 * `rank` has it. Null where `count` is 0.
 */
export function topOverlap(a: Float64Array, b: Float64Array, count: number): number | null {
  if (count === 0) return null;
  const chosen = new Set(highest(a, count));
  return highest(b, count).filter((index) => chosen.has(index)).length / count;
}

function highest(values: Float64Array, count: number): number[] {
  const byValue = (a: number, b: number): number => (values[b] ?? NaN) - (values[a] ?? NaN) || a - b;
  return Array.from(values.keys()).sort(byValue).slice(0, count);
}
