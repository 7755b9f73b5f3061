import { EvosiftError } from './errors.js';
import { option, type OptionSpec } from './options.js';

/** A bound that values must reach, or must lie above. */
export interface Threshold {
  /** As it was written, without spaces: `>0.5`, `>=0.8`, `off`. */
  readonly text: string;
  /** Null where every value is accepted. */
  readonly bound: number | null;
  readonly accepts: (value: number) => boolean;
}

const FORM = /^\s*(>=?)\s*(\d+(?:\.\d+)?|\.\d+)\s*$/;

const EXPECTED = 'a rule such as >0.5 or >=0.8, or off';

function readThreshold(text: string): Threshold | null {
  if (text.trim() === 'off') return { text: 'off', bound: null, accepts: () => true };
  const [, sign = '', digits = ''] = FORM.exec(text) ?? [];
  if (sign === '') return null;
  const bound = Number(digits);
  return { text: sign + digits, bound, accepts: (value) => (sign === '>' ? value > bound : value >= bound) };
}

/**
 * Reads `>0.5`, `>=0.8` or `off`, which accepts every value.
 *
 * @throws EvosiftError `bad_argument`.
 */
export function parseThreshold(text: string): Threshold {
  const threshold = readThreshold(text);
  if (threshold !== null) return threshold;
  throw new EvosiftError('bad_argument', `${JSON.stringify(text)} is not ${EXPECTED}`);
}

/** An option whose value `parseThreshold` reads. @param to The largest value that there can be. */
export const thresholdOption = <const Given extends Pick<OptionSpec<string>, 'flag' | 'help' | 'default'>>(
  { to }: { readonly to: number },
  given: Given,
): OptionSpec<string> & Given => ({
  ...option<string>(
    {
      expected: `${EXPECTED} (values are from 0 to ${to})`,
      accepts: (value) => {
        const threshold = typeof value === 'string' ? readThreshold(value) : null;
        return threshold !== null && (threshold.bound ?? 0) <= to;
      },
    },
    {},
  ),
  ...given,
});
