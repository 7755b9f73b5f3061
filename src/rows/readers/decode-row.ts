import { isUtf8 } from 'node:buffer';
import { isRecord } from '../../base/json.js';
import { messageOf } from '../../base/errors.js';
import { csvFields } from './csv.js';
import { parseJson } from './json-text.js';

/** What a row's own text says, or in one clause why it says nothing. */
export type DecodedRow =
  { readonly record: Readonly<Record<string, unknown>> } | { readonly record: null; readonly problem: string };

/** Decodes the text of a JSON row: an object. */
export function decodeJsonRow(bytes: Buffer): DecodedRow {
  if (!isUtf8(bytes)) return { record: null, problem: notUtf8(bytes) };
  let value: unknown;
  try {
    value = parseJson(bytes.toString());
  } catch (error) {
    return { record: null, problem: `not valid JSON (${jsonMistake(error)})` };
  }
  if (isRecord(value)) return { record: value };
  return { record: null, problem: `the row is ${kindOf(value)}, not an object` };
}

/** Decodes the records of a CSV file with the columns `header`. */
export function decodeCsvRow(bytes: Buffer, header: readonly string[], delimiter: string): DecodedRow {
  if (!isUtf8(bytes)) return { record: null, problem: notUtf8(bytes) };
  const fields = csvFields(bytes.toString(), delimiter);
  if (fields.length !== header.length) {
    return { record: null, problem: `the row has ${fields.length} fields, the header ${header.length}` };
  }
  return { record: Object.fromEntries(header.map((name, column) => [name, fields[column]])) };
}

/** A value's kind with its article, as messages name it. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return 'a date';
  const names: Readonly<Record<string, string>> = { object: 'an object', bigint: 'an integer', boolean: 'a boolean' };
  return names[typeof value] ?? `a ${typeof value}`;
}

const REPLACEMENT = Buffer.from('\ufffd');

/** Says where the first byte stands that a decoder has to replace. */
function notUtf8(bytes: Buffer): string {
  const text = bytes.toString();
  let offset = 0;
  let from = 0;
  for (;;) {
    const at = text.indexOf('\ufffd', from);
    offset += Buffer.byteLength(text.slice(from, at));
    // The replacement character may stand in the text itself.
    if (!bytes.subarray(offset, offset + 3).equals(REPLACEMENT)) break;
    offset += 3;
    from = at + 1;
  }
  return `not UTF-8 (byte 0x${(bytes[offset] ?? 0).toString(16)} at position ${offset} of the row)`;
}

/** V8's message without the copy of the text that it carries. */
function jsonMistake(error: unknown): string {
  const message = messageOf(error);
  return message
    .replace(/, (?:\.\.\.)?"[^]*$/, '')
    .replace(/ in JSON(?= at position|$)/, '')
    .replace(/^Unexpected end.*$/, 'it ends too early')
    .replace(/\p{Cc}/gu, (character) => `0x${character.charCodeAt(0).toString(16)}`);
}
