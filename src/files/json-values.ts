import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isBlank,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './bytes.js';

/** A value inside an array or object, as byte positions in the text: the value is the bytes [valueStart, end). */
export interface JsonValue {
  /** Its name in an object; empty in an array. */
  readonly name: string;
  /** Of the name's opening quote; in an array, of the value. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/** What is wrong with a text, and where. */
export class JsonMistake extends Error {
  constructor(
    readonly position: number,
    what: string,
  ) {
    super(what);
  }
}

/**
 * The values inside the array or object that begins at `from`, in order, found by brackets and quotes without decoding
 * any. Literals are taken as they are, NaN and Infinity as well.
 *
 * @throws JsonMistake where what should separate the values does not.
 */
export function valuesInside(text: Buffer, from: number): JsonValue[] {
  const isObject = text[from] === OPEN_OBJECT;
  if (!isObject && text[from] !== OPEN_ARRAY) throw new JsonMistake(from, 'a list or object should begin');
  const closing = isObject ? CLOSE_OBJECT : CLOSE_ARRAY;
  const values: JsonValue[] = [];
  let at = skipBlanks(text, from + 1);
  if (text[at] === closing) return values;
  for (;;) {
    const start = at;
    let name = '';
    if (isObject) {
      if (text[at] !== QUOTE) throw new JsonMistake(at, 'a name should stand');
      at = skipString(text, at);
      name = stringAt(text, start, at);
      at = skipBlanks(text, at);
      if (text[at] !== COLON) throw new JsonMistake(at, "a ':' should stand");
      at = skipBlanks(text, at + 1);
    }
    const end = skipValue(text, at);
    values.push({ name, start, valueStart: at, end });
    at = skipBlanks(text, end);
    if (text[at] === closing) return values;
    if (text[at] !== COMMA) throw new JsonMistake(at, `a ',' or '${String.fromCharCode(closing)}' should stand`);
    at = skipBlanks(text, at + 1);
  }
}

/** What the string says whose bytes, quotes included, are [start, end). @throws JsonMistake */
export function stringAt(text: Buffer, start: number, end: number): string {
  const quoted = text.toString('utf8', start, end);
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw new JsonMistake(start, 'a valid string should stand');
  }
}

/** The first position from `from` on that is not blank. */
export function skipBlanks(text: Buffer, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text[at] ?? 0)) at++;
  return at;
}

/** The position after a string whose opening quote stands at `from`. */
function skipString(text: Buffer, from: number): number {
  let end = text.indexOf(QUOTE, from + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf(QUOTE, end + 1);
  if (end < 0) throw new JsonMistake(from, 'a string begins that does not end');
  return end + 1;
}

/** Whether the character at `at` follows an odd number of backslashes. */
function isEscaped(text: Buffer, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === BACKSLASH) slashes++;
  return slashes % 2 === 1;
}

function skipValue(text: Buffer, from: number): number {
  const first = text[from];
  if (first === QUOTE) return skipString(text, from);
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return skipNested(text, from);
  let at = from;
  while (at < text.length && !endsLiteral(text[at] ?? 0)) at++;
  if (at === from) throw new JsonMistake(from, 'a value should stand');
  return at;
}

const endsLiteral = (byte: number): boolean =>
  byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || isBlank(byte);

/** Brackets are counted; whether each closes its own kind is seen when the value is decoded. */
function skipNested(text: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const byte = text[at];
    if (byte === QUOTE) {
      at = skipString(text, at);
      continue;
    }
    at++;
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) return at;
  }
  throw new JsonMistake(from, 'a list or object begins that does not end');
}
