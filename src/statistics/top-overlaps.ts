/**
 * Of the rows that are highest by one measure, the share that is among the equally many highest by another: 1 where both
 * choose the same rows, about count / rows where they have nothing to do with each other. Ties keep the rows' order, as
 * `rank` has it.
 *
 * @param counts How many rows are chosen; for each there is a share, null of 0 rows.
 */
export function topOverlaps(a: Float64Array, b: Float64Array, counts: readonly number[]): (number | null)[] {
  const [highestA, highestB] = [descending(a), descending(b)];
  return counts.map((count) => {
    const chosen = new Set(highestA.subarray(0, count));
    const shared = highestB.subarray(0, count).reduce((sum, row) => sum + (chosen.has(row) ? 1 : 0), 0);
    return count === 0 ? null : shared / count;
  });
}

function descending(values: Float64Array): Uint32Array {
  const rows = Uint32Array.from(values, (_, row) => row);
  return rows.sort((a, b) => (values[b] ?? NaN) - (values[a] ?? NaN) || a - b);
}
