import { EvosiftError } from './errors.js';

/** One field's rule: what a good value is, in words that complete "must be …", and the test. */
export interface OptionRule {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

/** A rule for each field that `Options` has. */
export type OptionRules<Options> = { readonly [Field in keyof Required<Options>]: OptionRule };

export const oneOf = (...values: readonly string[]): OptionRule => ({
  expected: `one of ${values.join(', ')}`,
  accepts: (value) => typeof value === 'string' && values.includes(value),
});

export const integerFrom = (least: number, most = Infinity): OptionRule => ({
  expected: most === Infinity ? `an integer of at least ${least}` : `an integer from ${least} to ${most}`,
  accepts: (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
});

export const multipleOf = (unit: number, most: number): OptionRule => ({
  expected: `a multiple of ${unit} from ${unit} to ${most}`,
  accepts: (value) =>
    Number.isSafeInteger(value) && Number(value) % unit === 0 && Number(value) >= unit && Number(value) <= most,
});

export const isBoolean: OptionRule = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
};

export const isText: OptionRule = {
  expected: 'a non-empty string',
  accepts: (value) => typeof value === 'string' && value !== '',
};

export const textList: OptionRule = {
  expected: 'an array of non-empty strings',
  accepts: (value) => Array.isArray(value) && value.every((text) => typeof text === 'string' && text !== ''),
};

export const isSignal: OptionRule = {
  expected: 'an AbortSignal',
  accepts: (value) => value instanceof AbortSignal,
};

export const isFunction: OptionRule = {
  expected: 'a function',
  accepts: (value) => typeof value === 'function',
};

export const isLogger: OptionRule = {
  expected: 'an object with the methods debug, info, warn and error',
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    ['debug', 'info', 'warn', 'error'].every((level) => typeof Reflect.get(value, level) === 'function'),
};

/** An object whose keys are among `keys` and whose values are strings. */
export const textsOf = (...keys: readonly string[]): OptionRule => ({
  expected: `an object of strings with keys among ${keys.join(', ')}`,
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([key, text]) => keys.includes(key) && typeof text === 'string'),
});

const shown = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
};

/**
 * Holds every field of an options object to its rule; a field that is `undefined` counts as absent.
 *
 * @param call The call's name, which begins the message.
 * @throws EvosiftError `bad_argument`, naming the field and its value.
 */
export function checkOptions<Options extends object>(
  call: string,
  options: Options,
  rules: OptionRules<Options>,
): void {
  if (typeof options !== 'object' || options === null) {
    throw new EvosiftError('bad_argument', `${call}: options must be an object, not ${shown(options)}`);
  }
  const table: Readonly<Record<string, OptionRule>> = rules;
  for (const [field, value] of Object.entries(options)) {
    const rule = Object.hasOwn(table, field) ? table[field] : undefined;
    if (rule === undefined) {
      throw new EvosiftError(
        'bad_argument',
        `${call}: unknown option ${field}; the options are ${Object.keys(table).join(', ')}`,
      );
    }
    if (value !== undefined && !rule.accepts(value)) {
      throw new EvosiftError('bad_argument', `${call}: ${field} must be ${rule.expected}, not ${shown(value)}`);
    }
  }
}
