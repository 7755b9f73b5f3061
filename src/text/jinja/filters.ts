import { jsonText } from './python-json.js';
import { capitalized, isCased, stripped } from './python-strings.js';
import {
  contains,
  elements,
  equal,
  isDict,
  isList,
  isNumber,
  isString,
  isTrue,
  isUndefined,
  itemsOf,
  iterated,
  listOf,
  printed,
  valueOf,
  type Value,
} from './python-values.js';

/** What a filter is called with. */
export interface FilterCall {
  readonly operand: Value;
  readonly values: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  /** Another filter, or a test, by its name. */
  readonly filter: (name: string, operand: Value, values: readonly Value[]) => Value;
  readonly test: (name: string, operand: Value, values: readonly Value[]) => boolean;
}

/** Tests that @huggingface/jinja has not, or that come out otherwise there. */
export const TESTS: Readonly<Record<string, (value: Value, other: Value) => boolean>> = {
  iterable: (value) => isList(value) || isDict(value) || isString(value) || isUndefined(value),
  sequence: (value) => isList(value) || isDict(value) || isString(value) || isUndefined(value),
  number: isNumber,
  float: ({ type }) => type === 'FloatValue',
  lower: (value) => isCased(printed(value), printed(value).toLowerCase()),
  upper: (value) => isCased(printed(value), printed(value).toUpperCase()),
  eq: equal,
  equalto: equal,
  ne: (value, other) => !equal(value, other),
  in: (value, other) => contains(other, value),
};

/** Filters that @huggingface/jinja has not, or that come out otherwise there. */
export const FILTERS: Readonly<Record<string, (call: FilterCall) => Value>> = {
  string: ({ operand }) => valueOf(printed(operand)),
  trim: ({ operand, values: [characters] }) =>
    valueOf(
      stripped(
        printed(operand),
        [true, true],
        characters !== undefined && isString(characters) ? printed(characters) : null,
      ),
    ),
  capitalize: ({ operand }) => valueOf(capitalized(printed(operand))),
  title: ({ operand }) =>
    valueOf(
      printed(operand)
        .split(/([-\s({[<]+)/)
        .map(capitalized)
        .join(''),
    ),
  length,
  count: length,
  first: ({ operand }) => iterated(operand)[0] ?? valueOf(undefined),
  last: ({ operand }) => iterated(operand).at(-1) ?? valueOf(undefined),
  list: ({ operand }) => listOf(iterated(operand)),
  reverse: ({ operand }) => {
    const reversed = iterated(operand).toReversed();
    return isString(operand) ? valueOf(reversed.map(printed).join('')) : listOf(reversed);
  },
  join: ({ operand, values, named }) => {
    const separator = values[0] ?? named.get('d');
    const attribute = values[1] ?? named.get('attribute');
    const joined = iterated(operand).map((one) =>
      printed(attribute === undefined ? one : fieldOf(one, printed(attribute))),
    );
    return valueOf(joined.join(separator === undefined ? '' : printed(separator)));
  },
  unique: ({ operand }) => {
    const unique: Value[] = [];
    for (const one of iterated(operand)) if (!unique.some((kept) => equal(folded(kept), folded(one)))) unique.push(one);
    return listOf(unique);
  },
  items: ({ operand }) => {
    if (!isDict(operand) && !isUndefined(operand)) throw new TypeError('only a dict has items');
    return isDict(operand) ? itemsOf(operand) : listOf([]);
  },
  map: ({ operand, values: [name, ...values], named, filter }) => {
    const attribute = named.get('attribute');
    if (attribute === undefined) return listOf(iterated(operand).map((one) => filter(printedName(name), one, values)));
    const fallback = named.get('default');
    return listOf(
      iterated(operand).map((one) => {
        const value = fieldOf(one, printed(attribute));
        return isUndefined(value) && fallback !== undefined ? fallback : value;
      }),
    );
  },
  select: (call) => selected(call, true, call.values, (one) => one),
  reject: (call) => selected(call, false, call.values, (one) => one),
  selectattr: (call) => selectedBy(call, true),
  rejectattr: (call) => selectedBy(call, false),
  int: ({ operand, values, named }) => {
    const number = isNumber(operand) ? Number(operand.value) : pythonNumber(printed(operand));
    return Number.isFinite(number) ? valueOf(Math.trunc(number)) : (values[0] ?? named.get('default') ?? valueOf(0));
  },
  default: defaulted,
  d: defaulted,
  tojson: ({ operand, named }) => valueOf(jsonText(operand, named)),
};

function length({ operand }: FilterCall): Value {
  return valueOf(isString(operand) ? Array.from(printed(operand)).length : iterated(operand).length);
}

function defaulted({ operand, values, named }: FilterCall): Value {
  const isWanted = values[1] ?? named.get('boolean');
  const isEmpty = isUndefined(operand) || (isWanted !== undefined && isTrue(isWanted) && !isTrue(operand));
  return isEmpty ? (values[0] ?? named.get('default_value') ?? valueOf('')) : operand;
}

/** As values are compared without regard to case. */
const folded = (value: Value): Value => (isString(value) ? valueOf(printed(value).toLowerCase()) : value);

/** A text that is a number as a whole. */
const pythonNumber = (text: string): number =>
  /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : NaN;

const printedName = (name: Value | undefined): string => (name === undefined ? '' : printed(name));

/** A field of a field of a value, by names joined by dots. */
function fieldOf(value: Value, path: string): Value {
  const inner = path.split('.').reduce<Value | undefined>((so, name) => {
    if (so === undefined) return undefined;
    if (isList(so)) return elements(so)[Number(name)];
    return so.value instanceof Map ? (so.value as Map<string, Value>).get(name) : undefined;
  }, value);
  return inner ?? valueOf(undefined);
}

function selectedBy(call: FilterCall, isWanted: boolean): Value {
  const [attribute, ...others] = call.values;
  return selected(call, isWanted, others, (one) => fieldOf(one, printedName(attribute)));
}

function selected(
  { operand, test }: FilterCall,
  isWanted: boolean,
  [name, ...values]: readonly Value[],
  looked: (one: Value) => Value,
): Value {
  // Of None, as of all that is false, nothing is selected.
  const all = isTrue(operand) ? iterated(operand) : [];
  const fits = (one: Value): boolean => (name === undefined ? isTrue(one) : test(printed(name), one, values));
  return listOf(all.filter((one) => fits(looked(one)) === isWanted));
}
