/** A share of a count, and the 95 % interval of what it estimates; all null where the count is 0. */
export interface Share {
  readonly share: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** The standard normal distribution's 97.5 % quantile. */
const Z = 1.959963984540054;

/** Wilson's score interval (Wilson, 1927, JASA 22, p. 209) of `hits` in `count`. */
export function shareOf(hits: number, count: number): Share {
  if (count === 0) return { share: null, low: null, high: null };
  const share = hits / count;
  const square = (Z * Z) / count;
  const middle = (share + square / 2) / (1 + square);
  const reach = (Z * Math.sqrt((share * (1 - share)) / count + square / (4 * count))) / (1 + square);
  return { share, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) };
}
