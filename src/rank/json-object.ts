import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  CR,
  isBlank,
  LF,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  SPACE,
} from '../files/bytes.js';

/** A member of a JSON object, as byte positions in the object's own text. */
export interface JsonMember {
  readonly name: string;
  /** Of the name's opening quote. */
  readonly start: number;
  /** The value is the bytes [valueStart, end). */
  readonly valueStart: number;
  readonly end: number;
}

/**
 * The members of an object, in order, without decoding any value. `text` must be valid JSON (NaN and Infinity literals
 * may stand in it): it has been parsed before.
 */
export function jsonMembers(text: Buffer): JsonMember[] {
  const members: JsonMember[] = [];
  let at = skipBlanks(text, skipBlanks(text, 0) + 1);
  while (at < text.length && text[at] !== CLOSE_OBJECT) {
    const start = at;
    const nameEnd = skipString(text, start);
    const valueStart = skipBlanks(text, skipBlanks(text, nameEnd) + 1);
    const end = skipValue(text, valueStart);
    members.push({ name: decodeString(text, start, nameEnd), start, valueStart, end });
    at = skipBlanks(text, end);
    if (text[at] === COMMA) at = skipBlanks(text, at + 1);
  }
  return members;
}

/** A value's source text: number spelling and escapes as they are. */
export const valueText = (text: Buffer, member: JsonMember): string =>
  text.toString('utf8', member.valueStart, member.end);

/**
 * The object with the member `name` set to `value` (JSON text), at the end; earlier members of that name are taken
 * out, each with the comma before it. Every other byte stays as it is.
 */
export function withMember(text: Buffer, name: string, value: string): Buffer {
  const members = jsonMembers(text);
  const added = `${JSON.stringify(name)}:${value}`;
  const [first, last] = [members[0], members.at(-1)];
  if (first === undefined || last === undefined) return Buffer.from(`{${added}}`);
  const parts = [text.subarray(0, first.start)];
  for (const [position, member] of members.entries()) {
    if (member.name === name) continue;
    const before = members[position - 1];
    const isFirstKept = parts.length === 1;
    parts.push(text.subarray(isFirstKept || before === undefined ? member.start : before.end, member.end));
  }
  parts.push(Buffer.from(parts.length === 1 ? added : `,${added}`), text.subarray(last.end));
  return Buffer.concat(parts);
}

/**
 * The same object on one line: line breaks and the indentation after them go. A raw line break never stands inside a
 * JSON string, so nothing but layout is lost.
 */
export function onOneLine(text: Buffer): Buffer {
  if (!text.includes(LF) && !text.includes(CR)) return text;
  const line = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? 0;
    if (byte !== LF && byte !== CR) {
      line[length++] = byte;
      continue;
    }
    at = skipBlanks(text, at) - 1;
    if (line[length - 1] === COMMA) line[length++] = SPACE;
  }
  return line.subarray(0, length);
}

function skipBlanks(text: Buffer, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text[at] ?? 0)) at++;
  return at;
}

/** The position after a string whose opening quote stands at `from`. */
function skipString(text: Buffer, from: number): number {
  let end = text.indexOf(QUOTE, from + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf(QUOTE, end + 1);
  return end < 0 ? text.length : end + 1;
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
  for (; at < text.length; at++) {
    const byte = text[at] ?? 0;
    if (byte === COMMA || byte === CLOSE_OBJECT || isBlank(byte)) break;
  }
  return at;
}

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
    else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) break;
  }
  return at;
}

function decodeString(text: Buffer, start: number, end: number): string {
  const quoted = text.toString('utf8', start, end);
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}
