import { csvFields } from '../rows/readers/csv.js';
import { csvFieldRanges } from './csv-record.js';
import { strictJson } from './json-text.js';
import { jsonMembers, valueText, withMember } from './json-object.js';

/** Under this name, or before `_` in a column's name, stands what evosift adds to a row. */
export const ADDED = 'evosift';

/** Whether a column holds what an earlier ranking added. */
export const isAddedColumn = (name: string): boolean => name === ADDED || name.startsWith(`${ADDED}_`);

/**
 * How the text of a file's rows is read: objects (the user's own text, or made from Parquet), or records of a CSV file
 * with these columns.
 */
export type RowShape =
  | { readonly kind: 'json'; readonly isOwnText: boolean }
  | { readonly kind: 'csv'; readonly header: Buffer; readonly names: readonly string[]; readonly delimiter: string };

/** A field that evosift adds: name and value (JSON text). */
export type AddedField = readonly [name: string, json: string];

/** A row to be written. */
export interface RankedRow {
  /** The row's own text; null where it is no row (malformed). */
  readonly text: Buffer | null;
  readonly shape: RowShape;
  readonly added: readonly AddedField[];
}

/** The row as JSON object with the added fields as its member `evosift`; the bytes of a JSON row's own members stay. */
export function asJsonObject({ text, shape, added }: RankedRow): Buffer {
  const members = added.map(([name, json]) => `${JSON.stringify(name)}:${json}`);
  const object = `{${members.join(',')}}`;
  if (text === null) return Buffer.from(`{"${ADDED}":${object}}`);
  if (shape.kind === 'json') return withMember(shape.isOwnText ? text : strictJson(text), ADDED, object);
  const own = ownFields(text, shape).map(([name, json]) => `${JSON.stringify(name)}:${json}`);
  return Buffer.from(`{${[...own, `"${ADDED}":${object}`].join(',')}}`);
}

/** The row's own fields as JSON text, without what an earlier ranking added. */
export function ownFields(text: Buffer | null, shape: RowShape): AddedField[] {
  if (text === null) return [];
  if (shape.kind === 'json') {
    return jsonMembers(text)
      .filter(({ name }) => !isAddedColumn(name))
      .map((member): AddedField => [member.name, valueText(text, member)]);
  }
  const fields = csvFields(text.toString(), shape.delimiter);
  return shape.names.flatMap((name, column): AddedField[] =>
    isAddedColumn(name) ? [] : [[name, JSON.stringify(fields[column] ?? '')]],
  );
}

/** The bytes of a CSV row's own fields by column, quotes included. */
export function ownFieldBytes(text: Buffer, shape: RowShape & { kind: 'csv' }): Map<string, Buffer> {
  const ranges = csvFieldRanges(text, shape.delimiter);
  const fields = new Map<string, Buffer>();
  for (const [column, name] of shape.names.entries()) {
    const [start, end] = ranges[column] ?? [0, 0];
    if (!isAddedColumn(name)) fields.set(name, text.subarray(start, end));
  }
  return fields;
}
