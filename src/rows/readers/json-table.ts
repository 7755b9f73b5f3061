import { EvosiftError } from '../../base/errors.js';
import { OPEN_OBJECT, QUOTE } from '../../files/bytes.js';
import { JsonMistake, stringAt, valuesInside, type JsonValue } from '../../files/json-values.js';

/**
 * How a table is written as one JSON object: as pandas' `to_json` calls it, or `list` for a list of values by column.
 */
export type TableOrient = 'columns' | 'index' | 'split' | 'list';

/** A larger table is refused: it is held in memory, since no row stands in one piece. */
const LARGEST_TABLE = 512 * 1024 * 1024;

/** A column of values, by row. */
interface Column {
  readonly name: string;
  readonly cells: readonly JsonValue[];
}

/** The rows of a table as JSON objects whose values are spelled as in its text. */
export class JsonTable {
  private constructor(
    private readonly text: Buffer,
    private readonly columns: readonly Column[],
    /** Of orient `index`: the rows themselves. */
    private readonly whole: readonly JsonValue[] | null,
  ) {}

  /** Reads a table whose text comes in chunks. @throws EvosiftError `bad_data` where it is too large, or is none. */
  static async read(path: string, chunks: AsyncIterable<Buffer>, orient: TableOrient): Promise<JsonTable> {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > LARGEST_TABLE) throw tooLarge(path);
      parts.push(Buffer.from(chunk));
    }
    const text = Buffer.concat(parts);
    const start = text.indexOf(OPEN_OBJECT);
    try {
      if (orient === 'index') return new JsonTable(text, [], valuesInside(text, start));
      const columns = orient === 'split' ? splitColumns(text, start) : columnsOf(text, start);
      checkLengths(path, columns, orient === 'columns');
      return new JsonTable(text, columns, null);
    } catch (error) {
      if (!(error instanceof JsonMistake)) throw error;
      throw new EvosiftError('bad_data', `${path} byte ${error.position}: ${error.message}; not a table in JSON`);
    }
  }

  get length(): number {
    return this.whole?.length ?? this.columns[0]?.cells.length ?? 0;
  }

  /** The text of a row, from 0. */
  row(number: number): Buffer {
    const own = this.whole?.[number];
    if (own !== undefined) return this.text.subarray(own.valueStart, own.end);
    const parts: Buffer[] = [];
    for (const { name, cells } of this.columns) {
      const cell = cells[number];
      if (cell === undefined) continue;
      parts.push(Buffer.from(`${parts.length === 0 ? '{' : ','}${JSON.stringify(name)}:`));
      parts.push(this.text.subarray(cell.valueStart, cell.end));
    }
    return Buffer.concat([...parts, Buffer.from('}')]);
  }
}

const columnsOf = (text: Buffer, start: number): Column[] =>
  valuesInside(text, start).map(({ name, valueStart }) => ({ name, cells: valuesInside(text, valueStart) }));

function splitColumns(text: Buffer, start: number): Column[] {
  const members = new Map(valuesInside(text, start).map((member) => [member.name, member]));
  const valuesOf = (name: string): JsonValue[] => valuesInside(text, members.get(name)?.valueStart ?? start);
  const names = valuesOf('columns').map(({ valueStart, end }) =>
    text[valueStart] === QUOTE ? stringAt(text, valueStart, end) : text.toString('utf8', valueStart, end),
  );
  const columns = names.map((name): { name: string; cells: JsonValue[] } => ({ name, cells: [] }));
  for (const [number, row] of valuesOf('data').entries()) {
    const cells = valuesInside(text, row.valueStart);
    if (cells.length !== names.length) {
      const what = `row ${number} has ${cells.length} values, and there are ${names.length} columns`;
      throw new JsonMistake(row.valueStart, what);
    }
    for (const [column, cell] of cells.entries()) columns[column]?.cells.push(cell);
  }
  return columns;
}

/** All columns must be of the same rows. */
function checkLengths(path: string, [first, ...others]: readonly Column[], byKey: boolean): void {
  if (first === undefined) return;
  for (const { name, cells } of others) {
    if (cells.length !== first.cells.length) {
      throw new EvosiftError(
        'bad_data',
        `${path}: column '${name}' has ${cells.length} values and '${first.name}' ${first.cells.length}; ` +
          'the columns of a table must be of one length',
      );
    }
    const odd = byKey ? cells.findIndex((cell, row) => cell.name !== first.cells[row]?.name) : -1;
    if (odd < 0) continue;
    throw new EvosiftError(
      'bad_data',
      `${path}: value ${odd} of column '${name}' has the key '${cells[odd]?.name}' and that of '${first.name}' ` +
        `'${first.cells[odd]?.name}'; the columns of a table must have the same keys in the same order`,
    );
  }
}

const tooLarge = (path: string): EvosiftError =>
  new EvosiftError(
    'bad_data',
    `${path} is a table by columns of more than ${LARGEST_TABLE / 1024 / 1024} MiB, which must be held in memory; ` +
      "write it by rows instead, with: df.to_json(orient='records', lines=True)",
  );
