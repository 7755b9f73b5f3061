import { COMMA, CR, LF, SPACE } from '../files/bytes.js';
import { skipBlanks, valuesInside, type JsonValue } from '../files/json-values.js';

/**
 * The members of an object, in order, without decoding any value. `text` must be valid JSON (NaN and Infinity literals
 * may stand in it): it has been parsed before.
 */
export const jsonMembers = (text: Buffer): JsonValue[] => valuesInside(text, skipBlanks(text, 0));

/** A value's source text: number spelling and escapes as they are. */
export const valueText = (text: Buffer, member: JsonValue): string =>
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
