import { EvosiftError } from '../base/errors.js';

/** `--top`: a number of rows, or the exact fraction numerator/denominator of them. */
export type Share =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'fraction'; readonly numerator: bigint; readonly denominator: bigint };

/** What an option must be to be read as a share. */
export const SHARE_RULE = {
  expected: 'a share such as "10%" or a number of rows',
  accepts: (value: unknown): boolean => typeof value === 'string' || typeof value === 'number',
};

/** Whole percents and decimals in them, e.g. `12.5%`. */
const PERCENT = /^(\d{1,3})(?:\.(\d{1,9}))?%$/;
const COUNT = /^[1-9]\d{0,14}$/;

/**
 * Reads `10%` or `500`.
 *
 * @param name What the message calls it.
 * Throws `bad_argument` unless 0 < P <= 100, or N is a whole number from 1.
 */
export function parseShare(text: string, name: string): Share {
  if (COUNT.test(text)) return { kind: 'count', count: Number(text) };
  const percent = PERCENT.exec(text);
  if (percent !== null) {
    const [, whole = '', decimals = ''] = percent;
    const numerator = BigInt(whole + decimals);
    const denominator = 100n * 10n ** BigInt(decimals.length);
    if (numerator > 0n && numerator <= denominator) return { kind: 'fraction', numerator, denominator };
  }
  throw new EvosiftError(
    'bad_argument',
    `${name} must be a share such as 10% (above 0, at most 100) or a number of rows from 1, not ${JSON.stringify(text)}`,
    { option: 'top' },
  );
}

/** How many of `rows` a share is: a fraction is rounded to the nearest number, half up, in integers. */
export function shareOf(share: Share, rows: number): number {
  if (share.kind === 'count') return share.count;
  const { numerator, denominator } = share;
  return Number((2n * BigInt(rows) * numerator + denominator) / (2n * denominator));
}

/** As `shareOf`, in SQL: `rows` is an expression for a number. */
export function shareInSql(share: Share, rows: string): string {
  if (share.kind === 'count') return String(share.count);
  const { numerator, denominator } = share;
  return `CAST((2 * CAST(${rows} AS HUGEINT) * ${numerator} + ${denominator}) // ${2n * denominator} AS BIGINT)`;
}
