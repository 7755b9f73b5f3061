/** The bytes of one row as the file holds them, and where they stand. */
export interface RowSlice {
  /** Valid until the splitter is given its next chunk; empty where the row is longer than the splitter keeps. */
  readonly bytes: Buffer;
  /** Of the row. */
  readonly length: number;
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

/** The longest row that can be asked for: it is held in memory whole, and a string can't be much longer. */
export const LARGEST_ROW = 256 * 1024 * 1024;

/** Whether a row was too long to be kept. */
export const isTooLong = ({ bytes, length }: Pick<RowSlice, 'bytes' | 'length'>): boolean => bytes.length < length;

const NOTHING = Buffer.alloc(0);

/** The beginning of a row whose end has not been read yet; of one that is too long only its length is kept. */
export class PartialRow {
  #parts: Buffer[] = [];
  #length = 0;

  /** @param most Bytes of a row that is kept. */
  constructor(private readonly most: number) {}

  /** Keeps a copy of `bytes`. */
  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#length += bytes.length;
    if (this.#length <= this.most) this.#parts.push(Buffer.from(bytes));
    else this.#parts = [];
  }

  /** All bytes so far with `last` after them; the partial row is empty afterwards. */
  take(last: Buffer): Pick<RowSlice, 'bytes' | 'length'> {
    const length = this.#length + last.length;
    const parts = this.#parts;
    this.#parts = [];
    this.#length = 0;
    if (length > this.most) return { bytes: NOTHING, length };
    return { bytes: parts.length === 0 ? last : Buffer.concat([...parts, last]), length };
  }
}
