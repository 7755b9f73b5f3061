/** Equal bins: `count` of them from `from` to `to`; a bin holds its lower edge and not its upper one, the last one both. */
export interface Bins {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** How many values lie in each of some bins, and how many below and above them all. */
export interface Histogram {
  readonly below: number;
  readonly counts: readonly number[];
  readonly above: number;
}

/** Counts finite values by bins. */
export function histogram(values: Float64Array, { from, to, count }: Bins): Histogram {
  const counts = Array.from({ length: count }, () => 0);
  const edge = (bin: number): number => from + ((to - from) * bin) / count;
  let [below, above] = [0, 0];
  for (const value of values) {
    if (value < from) below++;
    else if (value > to) above++;
    else {
      let bin = Math.min(count - 1, Math.floor(((value - from) / (to - from)) * count));
      // What was rounded over an edge goes back.
      if (value < edge(bin)) bin--;
      else if (bin < count - 1 && value >= edge(bin + 1)) bin++;
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
  }
  return { below, counts, above };
}
