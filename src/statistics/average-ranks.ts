/** The ranks of values, from 1 for the smallest; equal ones share the average of their ranks. Values are finite. */
export function averageRanks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values, (_, index) => index).sort((a, b) => at(values, a) - at(values, b));
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    const value = at(values, order[from]);
    let to = from + 1;
    while (to < order.length && at(values, order[to]) === value) to++;
    const rank = (from + 1 + to) / 2;
    for (const index of order.subarray(from, to)) ranks[index] = rank;
    from = to;
  }
  return ranks;
}

const at = (values: Float64Array, index = -1): number => values[index] ?? NaN;
