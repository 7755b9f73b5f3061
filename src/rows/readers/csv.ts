import { EvosiftError } from '../../base/errors.js';
import { CR, LF, QUOTE } from '../../files/bytes.js';
import { LARGEST_ROW, PartialRow, type RowSlice, type RowSplitter } from '../../files/row-splitter.js';

/**
 * The records of a CSV file (RFC 4180; LF or CRLF, also mixed): a record may span lines inside quotes, and a quote
 * counts only where a field begins. Blank lines are no records. The header is a record like the others.
 */
export class CsvSplitter implements RowSplitter {
  readonly #partial: PartialRow;
  readonly #delimiter: number;
  /** Where the current record begins. */
  #offset: number;
  #rowLine = 1;
  #line = 1;
  #fieldStart = true;
  #quoted = false;
  /** Inside quotes, a quote has just been read: it is doubled or it closes the field. */
  #quoteRead = false;

  constructor(
    readonly path: string,
    offset: number,
    delimiter: string,
    most = LARGEST_ROW,
  ) {
    this.#partial = new PartialRow(most);
    this.#offset = offset;
    this.#delimiter = delimiter.charCodeAt(0);
  }

  push(chunk: Buffer, rows: RowSlice[]): void {
    let begin = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0;
      if (byte === LF) this.#line++;
      if (this.#quoted && !this.#quoteRead) {
        if (byte === QUOTE) this.#quoteRead = true;
        continue;
      }
      if (this.#quoteRead) {
        this.#quoteRead = false;
        if (byte === QUOTE) continue;
        this.#quoted = false;
      }
      if (byte === LF) {
        this.#take(chunk.subarray(begin, i), 1, rows);
        begin = i + 1;
      } else if (byte === QUOTE && this.#fieldStart) {
        this.#quoted = true;
        this.#fieldStart = false;
      } else {
        this.#fieldStart = byte === this.#delimiter;
      }
    }
    this.#partial.add(chunk.subarray(begin));
  }

  end(rows: RowSlice[]): void {
    if (this.#quoted && !this.#quoteRead) {
      throw new EvosiftError(
        'bad_data',
        `${this.path} breaks off inside a quoted field, in the record that begins at line ${this.#rowLine}, ` +
          `byte ${this.#offset}; is the file complete, and every quote closed?`,
      );
    }
    this.#take(Buffer.alloc(0), 0, rows);
  }

  #take(rest: Buffer, lineEnd: number, rows: RowSlice[]): void {
    const taken = this.#partial.take(rest);
    const length = taken.bytes.at(-1) === CR ? taken.length - 1 : taken.length;
    const bytes = taken.bytes.subarray(0, length);
    if (length > 0) rows.push({ bytes, length, offset: this.#offset, line: this.#rowLine });
    this.#offset += taken.length + lineEnd;
    this.#rowLine = this.#line;
    this.#fieldStart = true;
  }
}

/** The fields of one record. Text after a closing quote belongs to the field, as in Python's csv module. */
export function csvFields(record: string, delimiter: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field = '';
    if (record[at] === '"') {
      for (at++; ; at++) {
        const quote = record.indexOf('"', at);
        const end = quote < 0 ? record.length : quote;
        field += record.slice(at, end);
        at = end + 1;
        if (record[at] !== '"') break;
        field += '"';
      }
    }
    const end = record.indexOf(delimiter, at);
    if (end < 0) {
      fields.push(field + record.slice(at));
      return fields;
    }
    fields.push(field + record.slice(at, end));
    at = end + 1;
  }
}
