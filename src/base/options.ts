import { EvosiftError } from './errors.js';

/**
 * One option, declared once: what a good value is, what it is where nobody says it, and how a command line asks for it.
 * The check of a call's options, their filled form and the command line all come from it.
 */
export interface OptionSpec<Value = unknown> {
  /** What a good value is, in words that complete "must be …". */
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
  /** What it is where it is left out; absent where that depends on something else. */
  readonly default?: Value;
  /** Its flag as commander reads it, `-o, --out <dir>`; absent where only a program can say it, such as a callback. */
  readonly flag?: string;
  /** What the command line's help says of it. */
  readonly help?: string;
  /** The only texts that are good values, where there are few. */
  readonly choices?: readonly string[];
  /** A command line's word as a value, which `accepts` then judges; absent where the word is the value. */
  readonly parse?: (text: string) => unknown;
  /** What its flag says where it has no word of its own: `--diverse`. */
  readonly bare?: Value;
  /** Its flag may stand several times: the value is a list of what they say. */
  readonly repeats?: true;
}

/** A spec for each option that `Options` has. */
export type OptionTable<Options> = { readonly [Name in keyof Required<Options>]: OptionSpec<Options[Name]> };

/** What a spec is given beside its rule. */
interface Declared<Value> {
  readonly flag?: string;
  readonly help?: string;
  readonly default?: Value;
  readonly bare?: Value;
}

type Spec<Value, Given> = OptionSpec<Value> &
  (Given extends { readonly default: unknown } ? { readonly default: Value } : unknown);

type Rule = Pick<OptionSpec, 'expected' | 'accepts' | 'choices' | 'parse' | 'repeats'>;

/** An option with a rule of its own. */
export const option = <Value, Given extends Declared<Value> = Declared<Value>>(
  rule: Rule,
  given: Given,
): Spec<Value, Given> => ({ ...rule, ...given }) as unknown as Spec<Value, Given>;

/** One of a few words. */
export const choice = <const Value extends string, const Given extends Declared<Value>>(
  values: readonly Value[],
  given: Given,
): Spec<Value, Given> =>
  option<Value, Given>(
    {
      expected: `one of ${values.join(', ')}`,
      accepts: (value) => values.some((one) => one === value),
      choices: values,
    },
    given,
  );

export const integer = <const Given extends Declared<number>>(
  { from, to = Infinity }: { readonly from: number; readonly to?: number },
  given: Given,
): Spec<number, Given> =>
  option<number, Given>(
    {
      expected: to === Infinity ? `an integer of at least ${from}` : `an integer from ${from} to ${to}`,
      accepts: (value) => Number.isSafeInteger(value) && Number(value) >= from && Number(value) <= to,
      parse: (text) => (/^\d+$/.test(text) ? Number(text) : NaN),
    },
    given,
  );

export const multipleOf = <const Given extends Declared<number>>(
  unit: number,
  most: number,
  given: Given,
): Spec<number, Given> => {
  const { accepts, parse } = integer({ from: unit, to: most }, {});
  return option<number, Given>(
    {
      expected: `a multiple of ${unit} from ${unit} to ${most}`,
      accepts: (value) => accepts(value) && Number(value) % unit === 0,
      ...(parse !== undefined && { parse }),
    },
    given,
  );
};

interface NumberRange {
  readonly from?: number;
  /** In place of `from`: the number itself is too small. */
  readonly above?: number;
  readonly to?: number;
}

export const number = <const Given extends Declared<number>>(
  { above, from = above ?? -Infinity, to = Infinity }: NumberRange,
  given: Given,
): Spec<number, Given> =>
  option<number, Given>(
    {
      expected: `a number${rangeText({ above, from, to })}`,
      accepts: (value) => {
        const found = typeof value === 'number' ? value : NaN;
        return Number.isFinite(found) && found >= from && found <= to && found !== above;
      },
      parse: (text) => (text.trim() === '' ? NaN : Number(text)),
    },
    given,
  );

function rangeText({ above, from, to }: Required<Pick<NumberRange, 'from' | 'to'>> & NumberRange): string {
  if (above !== undefined) return ` above ${above}${to === Infinity ? '' : `, at most ${to}`}`;
  if (from === -Infinity) return '';
  return to === Infinity ? ` of at least ${from}` : ` from ${from} to ${to}`;
}

/** What is on or off; on the command line it is on where its flag stands. */
export const toggle = <const Given extends Declared<boolean>>(given: Given): Spec<boolean, Given> =>
  option<boolean, Given>({ expected: 'true or false', accepts: (value) => typeof value === 'boolean' }, given);

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

export const text = <const Given extends Declared<string>>(given: Given): Spec<string, Given> =>
  option<string, Given>({ expected: 'a non-empty string', accepts: isText }, given);

/** A text of one form. @param expected The form in words. */
export const textLike = <const Given extends Declared<string>>(
  form: RegExp,
  expected: string,
  given: Given,
): Spec<string, Given> =>
  option<string, Given>({ expected, accepts: (value) => typeof value === 'string' && form.test(value) }, given);

/** A text or several; its flag may stand several times. */
export const oneOrMore = <const Given extends Declared<string | readonly string[]>>(
  given: Given,
): Spec<string | readonly string[], Given> =>
  option<string | readonly string[], Given>(
    {
      expected: 'a non-empty string, or an array of them',
      accepts: (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
      repeats: true,
    },
    given,
  );

/** Texts; a command line gives them as its arguments. */
export const texts: OptionSpec<readonly string[]> = {
  expected: 'an array of non-empty strings',
  accepts: (value) => Array.isArray(value) && value.every(isText),
};

export const abortSignal: OptionSpec<AbortSignal> = {
  expected: 'an AbortSignal',
  accepts: (value) => value instanceof AbortSignal,
};

/** A function that is told something. */
export const callback: OptionSpec<never> = {
  expected: 'a function',
  accepts: (value) => typeof value === 'function',
};

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export const loggerOption: OptionSpec<never> = {
  expected: `an object with the methods ${LEVELS.slice(0, -1).join(', ')} and ${LEVELS.at(-1)}`,
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    LEVELS.every((level) => typeof Reflect.get(value, level) === 'function'),
};

/** Options with the defaults of their table filled in. */
export type Filled<Options, Table> = Options & {
  readonly [
    Name in keyof Options as Name extends keyof Table
      ? Table[Name] extends { readonly default: unknown }
        ? Name
        : never
      : never
  ]-?: Exclude<Options[Name], undefined>;
};

const LONGEST_SHOWN = 60;

/** Flat, so that it can be shown: of texts, numbers, truth values and nulls. */
const isPlain = (value: object): boolean =>
  Object.values(value).every((inner) => inner === null || ['string', 'number', 'boolean'].includes(typeof inner)) &&
  (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype);

const shown = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const json = isPlain(value) ? JSON.stringify(value) : '';
  if (json !== '' && json.length <= LONGEST_SHOWN) return json;
  return Array.isArray(value) ? 'an array' : 'an object';
};

const fail = (call: string, name: string | null, message: string): EvosiftError =>
  new EvosiftError('bad_argument', `${call}: ${message}`, name === null ? {} : { option: name });

/**
 * Holds every option to its spec; one that is `undefined` counts as left out.
 *
 * @param call The call's name, which begins the message.
 * @throws EvosiftError `bad_argument`, naming the option and its value.
 */
export function checkOptions<Options extends object>(
  call: string,
  options: Options,
  table: OptionTable<Options>,
): void {
  if (typeof options !== 'object' || options === null) {
    throw fail(call, null, `options must be an object, not ${shown(options)}`);
  }
  const specs: Readonly<Record<string, OptionSpec>> = table;
  for (const [name, value] of Object.entries(options)) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined) {
      throw fail(call, name, `unknown option \`${name}\`; the options are ${Object.keys(specs).join(', ')}`);
    }
    if (value !== undefined && !spec.accepts(value)) {
      throw fail(call, name, `\`${name}\` must be ${spec.expected}, not ${shown(value)}`);
    }
  }
}

/** The options, with their table's defaults in place of what is left out. They were checked. */
export function fillOptions<Options extends object, Table extends OptionTable<Options>>(
  options: Options,
  table: Table,
): Filled<Options, Table> {
  const specs: Readonly<Record<string, OptionSpec>> = table;
  const filled: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) if (spec.default !== undefined) filled[name] = spec.default;
  for (const [name, value] of Object.entries(options)) if (value !== undefined) filled[name] = value;
  return filled as Filled<Options, Table>;
}
