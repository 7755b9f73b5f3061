import type { Share } from '../runs/share.js';

/**
 * SQL for how many of `rows` (SQL for a number) a share is: a fraction is rounded to the nearest number, half up, in
 * integers, so that no share is off by a rounding error.
 */
export function shareOf(share: Share | null, rows: string): string {
  if (share === null) return rows;
  if (share.kind === 'count') return String(share.count);
  const { numerator, denominator } = share;
  return `CAST((2 * CAST(${rows} AS HUGEINT) * ${numerator} + ${denominator}) // ${2n * denominator} AS BIGINT)`;
}
