import { isBlank, LF } from './bytes.js';
import { readChunks } from './chunks.js';
import { EvosiftError } from '../base/errors.js';
import { isTooLong, LARGEST_ROW, PartialRow, type RowSlice, type RowSplitter } from './row-splitter.js';

/** One row a line; blank lines are no rows. */
export class JsonLinesSplitter implements RowSplitter {
  readonly #partial: PartialRow;
  /** Where the current line begins. */
  #offset: number;
  #line = 1;

  /** `offset`: the file's first byte that is read (after a byte order mark); `most`: bytes of a row that is kept. */
  constructor(offset: number, most = LARGEST_ROW) {
    this.#partial = new PartialRow(most);
    this.#offset = offset;
  }

  push(chunk: Buffer, rows: RowSlice[]): void {
    let begin = 0;
    for (;;) {
      const end = chunk.indexOf(LF, begin);
      if (end < 0) break;
      this.#take(chunk.subarray(begin, end), 1, rows);
      begin = end + 1;
    }
    this.#partial.add(chunk.subarray(begin));
  }

  end(rows: RowSlice[]): void {
    this.#take(Buffer.alloc(0), 0, rows);
  }

  #take(rest: Buffer, lineEnd: number, rows: RowSlice[]): void {
    const { bytes, length } = this.#partial.take(rest);
    let from = 0;
    let to = bytes.length;
    while (from < to && isBlank(bytes[from] ?? 0)) from++;
    while (to > from && isBlank(bytes[to - 1] ?? 0)) to--;
    const [offset, line] = [this.#offset + from, this.#line];
    if (isTooLong({ bytes, length })) rows.push({ bytes, length, offset, line });
    else if (to > from) rows.push({ bytes: bytes.subarray(from, to), length: to - from, offset, line });
    this.#offset += length + lineEnd;
    this.#line++;
  }
}

/**
 * The whole lines of a file of JSON lines, blank ones left out; a last one without its end is left out, too.
 *
 * @throws EvosiftError `bad_data` where the file can't be read.
 */
export async function* readLines(path: string): AsyncGenerator<RowSlice> {
  const splitter = new JsonLinesSplitter(0);
  for await (const chunk of readChunks(path, null)) {
    const lines: RowSlice[] = [];
    splitter.push(chunk, lines);
    const long = lines.find(isTooLong);
    if (long !== undefined) throw new EvosiftError('bad_data', `${path} line ${long.line} is longer than any can be`);
    yield* lines;
  }
}
