import { EvosiftError } from '../base/errors.js';

/** The bytes of one row as the file holds them, and where they stand. */
export interface RowSlice {
  /** Valid until the splitter is given its next chunk. */
  readonly bytes: Buffer;
  /** Of the first byte, in the decompressed file. */
  readonly offset: number;
  /** 1-based. */
  readonly line: number;
}

/**
 * Cuts a stream of bytes into rows without reading what is in them, so that rows can be counted and passed over at
 * the speed of a scan. Rows found before an error stand in `rows` when it is thrown.
 */
export interface RowSplitter {
  push(chunk: Buffer, rows: RowSlice[]): void;
  /** After the last chunk. */
  end(rows: RowSlice[]): void;
}

/** Longer rows are taken for a mistake: a row is held in memory whole, and a string can't be much longer. */
const LONGEST_ROW = 256 * 1024 * 1024;

/** The beginning of a row whose end has not been read yet. */
export class PartialRow {
  #parts: Buffer[] = [];
  #length = 0;

  constructor(readonly path: string) {}

  get length(): number {
    return this.#length;
  }

  /** Keeps a copy of `bytes`; `line` is where the row begins, for the message if it never ends. */
  add(bytes: Buffer, line: number): void {
    if (bytes.length === 0) return;
    this.#length += bytes.length;
    if (this.#length > LONGEST_ROW) {
      throw new EvosiftError(
        'bad_data',
        `${this.path} line ${line}: the row that begins here is longer than ${LONGEST_ROW / 1024 / 1024} MiB; ` +
          'is a quote or bracket left open?',
      );
    }
    this.#parts.push(Buffer.from(bytes));
  }

  /** All bytes so far with `last` after them; the partial row is empty afterwards. */
  take(last: Buffer): Buffer {
    if (this.#length === 0) return last;
    const whole = Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#length = 0;
    return whole;
  }
}
