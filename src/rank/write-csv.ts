import type { OutputStream } from './output-stream.js';
import { csvField, csvText } from './csv-record.js';
import { ADDED, ownFieldBytes, ownFields, type RankedRow, type RowShape } from './row-text.js';

const LINE_END = '\n';

/** What the columns of a CSV output are. */
export interface CsvLayout {
  /** The rows' own columns, in order. */
  readonly own: readonly string[];
  /** Names of the added fields; their columns are called `evosift_…`. */
  readonly added: readonly string[];
  readonly delimiter: string;
  /** How a CSV source spells its columns, by name. */
  readonly spelled: ReadonlyMap<string, Buffer>;
}

/**
 * Records with the rows' own columns and one `evosift_…` column for each added field. The bytes of a CSV row's own
 * fields stay as they are, its quoting included; of JSON rows strings are written bare and other values as spelled.
 */
export async function writeCsv(rows: AsyncIterable<RankedRow>, output: OutputStream, layout: CsvLayout): Promise<void> {
  const { own, added, delimiter, spelled } = layout;
  const names = [
    ...own.map((name) => spelled.get(name)?.toString() ?? csvField(name, delimiter)),
    ...added.map((name) => csvField(`${ADDED}_${name}`, delimiter)),
  ];
  output.push(names.join(delimiter) + LINE_END);
  for await (const row of rows) {
    output.push(ownPart(row, layout));
    for (const column of added.keys()) {
      output.push(delimiter + csvField(csvText(row.added[column]?.[1] ?? 'null'), delimiter));
    }
    output.push(LINE_END);
    await output.ready();
  }
}

function ownPart({ text, shape }: RankedRow, { own, delimiter }: CsvLayout): Buffer | string {
  if (text === null) return own.map(() => '').join(delimiter);
  if (shape.kind === 'csv' && shape.delimiter === delimiter) {
    if (sameColumns(shape, own)) return text;
    const fields = ownFieldBytes(text, shape);
    const parts = own.flatMap((name, column) => [
      Buffer.from(column === 0 ? '' : delimiter),
      fields.get(name) ?? Buffer.alloc(0),
    ]);
    return Buffer.concat(parts);
  }
  const fields = new Map(ownFields(text, shape));
  return own.map((name) => csvField(csvText(fields.get(name) ?? 'null'), delimiter)).join(delimiter);
}

const sameColumns = (shape: RowShape & { kind: 'csv' }, own: readonly string[]): boolean =>
  shape.names.length === own.length && own.every((name, column) => shape.names[column] === name);
