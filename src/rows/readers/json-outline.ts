import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isBlank,
  LF,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  skipText,
} from '../../files/bytes.js';

/** A member of a file's one object: where its value begins, after which line breaks. */
export interface OutlinedMember {
  readonly offset: number;
  readonly line: number;
}

/** What a file that begins with an object is like, seen without reading its values. */
export interface JsonOutline {
  /**
   * The object with every text as `''`, every number and literal as 0, and of each container inside no more than the
   * first few members.
   */
  readonly sketch: Readonly<Record<string, unknown>>;
  /** The sketch's members that are arrays. */
  readonly arrays: ReadonlyMap<string, OutlinedMember>;
  /** `open`: the file ends inside the object; `broken`: it is none. */
  readonly end: 'alone' | 'followed' | 'open' | 'broken';
  /** There is a line break inside the object, which is closed. */
  readonly isSpread: boolean;
}

/** The object itself, its members, their elements, and what is in these. */
const SKETCHED_DEPTH = 4;
/** Of the object itself, and of containers inside it. */
const MOST_MEMBERS = { outside: 1_000, inside: 100 };
/** Two would not tell a pair from a longer list. */
const MOST_ELEMENTS = 3;
/** In the object itself and in its members what breaks the rules says that it is none. */
const STRICT_DEPTH = 2;
const LONGEST_NAME = 1_024;

type Container = unknown[] | Record<string, unknown>;

type Expected = 'value' | 'name' | 'colon' | 'comma';

/** A container that is open. */
interface Open {
  readonly closing: number;
  /** Null where it is no part of the sketch. */
  readonly sketch: Container | null;
  size: number;
}

/** Follows a file's first value, an object, to its end and one byte further. */
export class JsonOutliner {
  readonly #sketch = emptyRecord();
  readonly #arrays = new Map<string, OutlinedMember>();
  /** The outermost first. */
  readonly #open: Open[] = [];
  #name = '';
  #nameBytes: number[] = [];
  #inString = false;
  #inName = false;
  #escaped = false;
  /** A number or a literal has begun that nothing has ended. */
  #inLiteral = false;
  #expected: Expected = 'value';
  #offset: number;
  #line = 1;
  #firstLine = 1;
  #isSpread = false;
  #end: JsonOutline['end'] = 'open';

  /** `offset`: the file's first byte that is pushed (after a byte order mark). */
  constructor(offset: number) {
    this.#offset = offset;
  }

  /** Takes the next bytes; false where no more are needed. */
  push(chunk: Buffer): boolean {
    for (let i = 0; i < chunk.length; i++) {
      if (this.#inString && !this.#inName && !this.#escaped) i = skipText(chunk, i);
      if (i === chunk.length) break;
      this.#take(chunk[i] ?? 0, this.#offset + i);
      if (this.#end === 'followed' || this.#end === 'broken') return false;
    }
    this.#offset += chunk.length;
    return true;
  }

  get outline(): JsonOutline {
    return { sketch: this.#sketch, arrays: this.#arrays, end: this.#end, isSpread: this.#isSpread };
  }

  #take(byte: number, offset: number): void {
    if (this.#inString) return this.#takeInString(byte);
    if (byte === LF) this.#line++;
    if (isBlank(byte)) {
      this.#inLiteral = false;
    } else if (this.#end === 'alone') {
      this.#end = 'followed';
    } else if (byte === QUOTE) {
      this.#inString = true;
      this.#inName = this.#expected === 'name';
      if (!this.#inName) this.#begin('', offset);
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.#openContainer(byte, offset);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      this.#closeContainer(byte);
    } else if (byte === COLON) {
      this.#expect('colon', 'value');
    } else if (byte === COMMA) {
      this.#expect('comma', this.#open.at(-1)?.closing === CLOSE_OBJECT ? 'name' : 'value');
    } else if (!this.#inLiteral) {
      this.#begin(0, offset);
      this.#inLiteral = true;
    }
  }

  /** What is wrong inside an element of an array is for the row's own decoder to tell. */
  #expect(now: Expected, next: Expected): void {
    if (this.#expected !== now && this.#open.length <= STRICT_DEPTH) this.#end = 'broken';
    this.#expected = next;
    this.#inLiteral = false;
  }

  #takeInString(byte: number): void {
    if (byte === LF) this.#breakLine();
    const isEnd = byte === QUOTE && !this.#escaped;
    this.#escaped = byte === BACKSLASH && !this.#escaped;
    if (this.#inName && !isEnd && this.#nameBytes.length < LONGEST_NAME) this.#nameBytes.push(byte);
    if (!isEnd) return;
    this.#inString = false;
    if (!this.#inName) return;
    this.#name = nameOf(this.#nameBytes);
    this.#nameBytes = [];
    this.#expected = 'colon';
  }

  /** A string that begins on the first line and does not end there: of lines of rows, the first is cut. */
  #breakLine(): void {
    if (this.#line === this.#firstLine) this.#end = 'broken';
    this.#line++;
  }

  #openContainer(byte: number, offset: number): void {
    const isFirst = this.#open.length === 0;
    if (isFirst) this.#firstLine = this.#line;
    const value: Container = byte === OPEN_ARRAY ? [] : isFirst ? this.#sketch : emptyRecord();
    const isSketched = isFirst || this.#begin(value, offset);
    this.#open.push({
      closing: byte === OPEN_ARRAY ? CLOSE_ARRAY : CLOSE_OBJECT,
      sketch: isSketched && this.#open.length < SKETCHED_DEPTH ? value : null,
      size: 0,
    });
    this.#expected = byte === OPEN_OBJECT ? 'name' : 'value';
  }

  #closeContainer(byte: number): void {
    const closed = this.#open.pop();
    if (closed === undefined || (closed.closing !== byte && this.#open.length < STRICT_DEPTH)) {
      this.#end = 'broken';
      return;
    }
    this.#expected = 'comma';
    this.#inLiteral = false;
    if (this.#open.length > 0) return;
    this.#end = 'alone';
    this.#isSpread = this.#line > this.#firstLine;
  }

  /** A value begins: true where it is put into the sketch. */
  #begin(value: unknown, offset: number): boolean {
    this.#expect('value', 'comma');
    const inside = this.#open.at(-1);
    if (inside === undefined) this.#end = 'broken';
    if (!inside?.sketch) return false;
    const isOutside = this.#open.length === 1;
    if (inside.size >= mostOf(inside.sketch, isOutside)) return false;
    inside.size++;
    if (Array.isArray(inside.sketch)) inside.sketch.push(value);
    else inside.sketch[this.#name] = value;
    if (isOutside && Array.isArray(value)) this.#arrays.set(this.#name, { offset, line: this.#line });
    return true;
  }
}

const emptyRecord = (): Record<string, unknown> => Object.create(null) as Record<string, unknown>;

function mostOf(sketch: Container, isOutside: boolean): number {
  if (Array.isArray(sketch)) return MOST_ELEMENTS;
  return isOutside ? MOST_MEMBERS.outside : MOST_MEMBERS.inside;
}

function nameOf(bytes: readonly number[]): string {
  const text = Buffer.from(bytes).toString();
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}
