import { EvosiftError } from '../../base/errors.js';
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  isBlank,
  LF,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  skipText,
} from '../../files/bytes.js';
import { LARGEST_ROW, PartialRow, type RowSlice, type RowSplitter } from '../../files/row-splitter.js';

type Expected = 'array' | 'value or end' | 'value' | 'comma or end' | 'nothing';

/** Where the array begins that is split, and whether anything may follow it. */
interface ArraySpan {
  /** Of the first byte that is pushed. */
  readonly offset: number;
  readonly line: number;
  /** It stands inside an object, the rest of which is passed over. */
  readonly isInside: boolean;
}

/**
 * The elements of one JSON array. Only brackets and strings are followed, so an element that is wrong inside is still
 * one row; what breaks the array itself apart is an error that names line and byte.
 */
export class JsonArraySplitter implements RowSplitter {
  readonly #partial: PartialRow;
  readonly #isInside: boolean;
  #expected: Expected = 'array';
  /** Of the next byte. */
  #offset: number;
  #line: number;
  #inValue = false;
  #inString = false;
  #escaped = false;
  #depth = 0;
  #rowOffset = 0;
  #rowLine = 0;

  constructor(
    readonly path: string,
    { offset, line, isInside }: ArraySpan,
    most = LARGEST_ROW,
  ) {
    this.#partial = new PartialRow(most);
    this.#offset = offset;
    this.#line = line;
    this.#isInside = isInside;
  }

  push(chunk: Buffer, rows: RowSlice[]): void {
    if (this.#isOver) return;
    const base = this.#offset;
    /** Where the current element's bytes begin in this chunk. */
    let begin = 0;
    for (let i = 0; i < chunk.length; i++) {
      if (this.#inString && !this.#escaped) i = skipText(chunk, i);
      if (i === chunk.length) break;
      const byte = chunk[i] ?? 0;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
        else if (byte === LF) this.#line++;
        continue;
      }
      if (byte === LF) this.#line++;
      if (!this.#inValue) {
        if (isBlank(byte)) continue;
        if (!this.#begins(byte, base + i)) {
          if (this.#isOver) return;
          continue;
        }
        begin = i;
      } else if (this.#depth === 0 && (byte === COMMA || byte === CLOSE_ARRAY)) {
        this.#finish(chunk.subarray(begin, i), rows);
        this.#expected = byte === COMMA ? 'value' : 'nothing';
        if (this.#isOver) return;
        continue;
      }
      if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#depth++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        this.#depth--;
        if (this.#depth < 0) throw this.#wrong(base + i, `'${String.fromCharCode(byte)}' closes nothing`);
        if (this.#depth === 0) this.#finish(chunk.subarray(begin, i + 1), rows);
      }
    }
    this.#offset += chunk.length;
    if (this.#inValue) this.#partial.add(chunk.subarray(begin));
  }

  /** The rest of the file is not looked at. */
  get #isOver(): boolean {
    return this.#isInside && this.#expected === 'nothing';
  }

  end(): void {
    if (this.#expected === 'nothing') return;
    const inside = this.#inValue
      ? `inside the row that begins at line ${this.#rowLine}, byte ${this.#rowOffset}`
      : "before the array's closing ']'";
    throw new EvosiftError(
      'bad_data',
      `${this.path} breaks off at line ${this.#line}, byte ${this.#offset}, ${inside}; is the file complete?`,
    );
  }

  /** Takes a byte that stands between elements; true where an element begins with it. */
  #begins(byte: number, offset: number): boolean {
    const shown = byte > 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `byte 0x${byte.toString(16)}`;
    switch (this.#expected) {
      case 'array':
        if (byte !== OPEN_ARRAY) throw this.#wrong(offset, `${shown} stands where the array's '[' should`);
        this.#expected = 'value or end';
        return false;
      case 'comma or end':
        if (byte === COMMA) this.#expected = 'value';
        else if (byte === CLOSE_ARRAY) this.#expected = 'nothing';
        else throw this.#wrong(offset, `${shown} stands where a ',' or the array's ']' should`);
        return false;
      case 'nothing':
        throw this.#wrong(offset, `${shown} follows after the array's end`);
      case 'value or end':
      case 'value':
        if (byte === CLOSE_ARRAY && this.#expected === 'value or end') {
          this.#expected = 'nothing';
          return false;
        }
        if (byte === COMMA || byte === CLOSE_ARRAY) throw this.#wrong(offset, `${shown} stands where a row should`);
        this.#inValue = true;
        this.#rowOffset = offset;
        this.#rowLine = this.#line;
        return true;
    }
  }

  #finish(last: Buffer, rows: RowSlice[]): void {
    const { bytes, ...taken } = this.#partial.take(last);
    let { length } = taken;
    while (bytes.length > 0 && isBlank(bytes[length - 1] ?? 0)) length--;
    rows.push({ bytes: bytes.subarray(0, length), length, offset: this.#rowOffset, line: this.#rowLine });
    this.#inValue = false;
    this.#expected = 'comma or end';
  }

  #wrong(offset: number, what: string): EvosiftError {
    return new EvosiftError('bad_data', `${this.path} line ${this.#line}, byte ${offset}: ${what}; not a JSON array`);
  }
}
