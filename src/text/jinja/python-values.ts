import * as jinja from '@huggingface/jinja';

/** A value of a template, as @huggingface/jinja has it: its own declarations do not resolve under "NodeNext". */
export interface Value {
  readonly type: string;
  readonly value: unknown;
  toString(): string;
}

interface Maker {
  set(name: string, value: unknown): Value;
}

type Class<Plain> = new (plain: Plain) => Value;

const classOf = <Plain>(plain: Plain): Class<Plain> =>
  (new jinja.Environment() as unknown as Maker).set('value', plain).constructor as Class<Plain>;

const StringValue = classOf('');
const BooleanValue = classOf(true);
const IntegerValue = classOf(0);
const FloatValue = classOf(0.5);
const NullValue = classOf(null);
const UndefinedValue = classOf(undefined);
const ArrayValue = classOf<readonly unknown[]>([]);
const ObjectValue = classOf<unknown>({}) as Class<ReadonlyMap<string, Value>>;
const BigIntegerValue = IntegerValue as unknown as Class<bigint>;

/** The template's value of JSON data; integers of any size. */
export function dataValue(data: unknown): Value {
  if (typeof data === 'bigint') return new BigIntegerValue(data);
  if (Array.isArray(data)) return listOf(data.map(dataValue));
  if (typeof data === 'object' && data !== null) {
    return new ObjectValue(new Map(Object.entries(data).map(([key, inner]) => [key, dataValue(inner)])));
  }
  return valueOf(data as string | number | boolean | null | undefined);
}

/** The template's value of a plain one. */
export function valueOf(plain: string | number | boolean | null | undefined | readonly string[]): Value {
  if (typeof plain === 'string') return new StringValue(plain);
  if (typeof plain === 'boolean') return new BooleanValue(plain);
  if (typeof plain === 'number') return Number.isInteger(plain) ? new IntegerValue(plain) : new FloatValue(plain);
  if (plain === null) return new NullValue(plain);
  return plain === undefined ? new UndefinedValue(plain) : listOf(plain.map((text) => valueOf(text)));
}

/** A list of values. */
export const listOf = (values: readonly Value[]): Value => new ArrayValue(values);

export const isString = (value: Value): boolean => value.type === 'StringValue';
export const isList = (value: Value): boolean => value.type === 'ArrayValue' || value.type === 'TupleValue';
export const isDict = (value: Value): boolean => value.type === 'ObjectValue';
export const isUndefined = (value: Value): boolean => value.type === 'UndefinedValue';

/** Python's `bool` of a value. */
export function isTrue(value: Value): boolean {
  if (isList(value)) return elements(value).length > 0;
  return isDict(value) ? entries(value).length > 0 : Boolean(value.value);
}

/** Numbers and truth values, which Python takes for 0 and 1. */
export const isNumber = ({ type }: Value): boolean =>
  type === 'IntegerValue' || type === 'FloatValue' || type === 'BooleanValue';

/** The elements of a list. */
export const elements = (list: Value): readonly Value[] => list.value as readonly Value[];

/** Keys and values of a dict. */
export const entries = (dict: Value): (readonly [string, Value])[] => Array.from(dict.value as Map<string, Value>);

/** A dict's value of a key; undefined where there is none. */
export const entryOf = (dict: Value, key: Value): Value | undefined =>
  isString(key) ? (dict.value as Map<unknown, Value>).get(key.value) : undefined;

/** A dict's pairs of key and value, as a list. */
export const itemsOf = (dict: Value): Value =>
  listOf(entries(dict).map(([key, value]) => listOf([valueOf(key), value])));

/** What a loop over a value runs through. @throws TypeError */
export function iterated(value: Value): readonly Value[] {
  if (isList(value)) return elements(value);
  if (isString(value)) return Array.from(String(value.value), (character) => valueOf(character));
  if (isDict(value)) return entries(value).map(([key]) => valueOf(key));
  if (isUndefined(value)) return [];
  throw new TypeError(`there is no loop over ${repr(value)}`);
}

/** Python's `==`. */
export function equal(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return Number(a.value) === Number(b.value);
  if (a.type !== b.type) return false;
  if (isList(a)) {
    const others = elements(b);
    return elements(a).length === others.length && elements(a).every((one, at) => equal(one, others[at] ?? one));
  }
  if (isDict(a)) {
    const others = new Map(entries(b));
    const isSame = ([key, one]: readonly [string, Value]): boolean => {
      const other = others.get(key);
      return other !== undefined && equal(one, other);
    };
    return entries(a).length === others.size && entries(a).every(isSame);
  }
  return a.value === b.value;
}

/** Python's `in`. @throws TypeError */
export function contains(container: Value, item: Value): boolean {
  if (isString(container)) {
    if (!isString(item)) throw new TypeError(`only a string can be in a string, and ${repr(item)} is none`);
    return String(container.value).includes(String(item.value));
  }
  if (isDict(container)) return entryOf(container, item) !== undefined;
  return iterated(container).some((one) => equal(one, item));
}

/** The order of texts in Python: that of their code points. */
export function compareTexts(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  const at = left.findIndex((character, position) => character !== right[position]);
  if (at < 0) return left.length - right.length;
  return (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1);
}

/** Python's `str` of a value. */
export function printed(value: Value): string {
  if (isUndefined(value)) return '';
  return isString(value) ? String(value.value) : repr(value);
}

/** Python's `repr` of a value. */
export function repr(value: Value): string {
  switch (value.type) {
    case 'NullValue':
      return 'None';
    case 'UndefinedValue':
      return 'Undefined';
    case 'BooleanValue':
      return value.value === true ? 'True' : 'False';
    case 'StringValue':
      return quoted(String(value.value));
    case 'FloatValue':
      return floatText(Number(value.value));
    case 'ArrayValue':
      return `[${elements(value).map(repr).join(', ')}]`;
    case 'TupleValue':
      return `(${elements(value).map(repr).join(', ')}${elements(value).length === 1 ? ',' : ''})`;
    case 'ObjectValue':
      return `{${entries(value)
        .map(([key, one]) => `${quoted(key)}: ${repr(one)}`)
        .join(', ')}}`;
    default:
      return value.toString();
  }
}

/** A float as Python prints it. */
export function floatText(value: number): string {
  const [digits = '', power = ''] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('.') ? text : `${text}.0`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\'"]|[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (character) => {
    if (character === "'" || character === '"') return character === quote ? `\\${character}` : character;
    return ESCAPES[character] ?? escapeOf(character.codePointAt(0) ?? 0);
  });
  return `${quote}${escaped}${quote}`;
}

function escapeOf(code: number): string {
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
