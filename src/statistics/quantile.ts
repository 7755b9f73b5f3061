/**
 * A quantile of values in ascending order, interpolated between the two nearest (numpy's default; Hyndman and Fan 1996,
 * type 7); NaN where there are none.
 *
 * @param share From 0 to 1.
 */
export function quantile(ascending: Float64Array, share: number): number {
  const place = (ascending.length - 1) * share;
  const below = Math.floor(place);
  const lower = ascending[below] ?? NaN;
  const upper = ascending[Math.min(below + 1, ascending.length - 1)] ?? NaN;
  return lower + (upper - lower) * (place - below);
}
