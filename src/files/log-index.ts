import { existsSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { EvosiftError } from '../base/errors.js';
import { readLines } from './json-lines.js';
import { PlaceTable } from './place-table.js';

/** How the lines of a log are read, written and found. */
export interface LogFormat<Entry> {
  /** What a line says; null where it is damaged. */
  readonly parse: (text: string) => Entry | null;
  /** The line, its end included. */
  readonly textOf: (entry: Entry) => string;
  /** Hex of 16 digits at least; null for an entry that is not to be found. */
  readonly keyOf: (entry: Entry) => string | null;
  /** Entries that follow one another and agree in it are found together; null: each stands alone. */
  readonly groupOf: ((entry: Entry) => unknown) | null;
  /** Which of several groups of one key is found. */
  readonly keeps: 'first' | 'last';
  /** @param line From 1. */
  readonly damaged: (path: string, line: number) => EvosiftError;
}

/** Entries that are found together. */
interface Group {
  readonly name: unknown;
  /** Null where one of them is not to be found. */
  key: string | null;
  readonly from: number;
}

/** Where a log's entries stand in its file, by key: about 40 bytes each. What they say is read when it is asked for. */
export class LogIndex<Entry> implements AsyncDisposable {
  readonly #places = new PlaceTable();
  #input: Promise<FileHandle> | null = null;
  /** Of the whole lines. */
  #bytes = 0;

  private constructor(
    readonly path: string,
    readonly format: LogFormat<Entry>,
  ) {}

  /**
   * Reads what there is of a file, a torn last line left out; a missing file is an empty one.
   *
   * @param visit Is given every entry.
   * @throws EvosiftError `bad_data` for a damaged line, with its number.
   */
  static async read<Entry>(
    path: string,
    format: LogFormat<Entry>,
    visit: (entry: Entry) => void = () => {},
  ): Promise<LogIndex<Entry>> {
    const index = new LogIndex(path, format);
    if (!existsSync(path)) return index;
    let group: Group | null = null;
    for await (const { bytes, offset, line } of readLines(path)) {
      const entry = format.parse(bytes.toString());
      if (entry === null) throw format.damaged(path, line);
      visit(entry);
      const key = format.keyOf(entry);
      const name = format.groupOf === null ? line : format.groupOf(entry);
      if (group !== null && group.name === name) {
        if (key === null) group.key = null;
      } else {
        if (group !== null) index.#place(group.key, group.from);
        group = { name, key, from: index.#bytes };
      }
      index.#bytes = offset + bytes.length + 1;
    }
    if (group !== null) index.#place(group.key, group.from);
    return index;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds the entry of the `length` bytes that were written behind the others. */
  add(entry: Entry, length: number): void {
    const from = this.#bytes;
    this.#bytes += length;
    this.#place(this.format.keyOf(entry), from);
  }

  #place(key: string | null, from: number): void {
    if (key === null) return;
    if (this.format.keeps === 'first') this.#places.add(key, from, this.#bytes - from);
    else this.#places.set(key, from, this.#bytes - from);
  }

  /** The entries of a key; null where it has none. */
  async find(key: string): Promise<readonly Entry[] | null> {
    const place = this.#places.find(key);
    if (place === null) return null;
    this.#input ??= open(this.path, 'r');
    const bytes = Buffer.allocUnsafe(place.length);
    await (await this.#input).read(bytes, 0, place.length, place.offset);
    const entries = bytes
      .toString()
      .split('\n')
      .filter((text) => text.trim() !== '')
      .map((text) => this.format.parse(text));
    const whole = entries.filter((entry) => entry !== null);
    const [first] = whole;
    // The table goes by a part of the key.
    return first !== undefined && this.format.keyOf(first) === key ? whole : null;
  }

  async close(): Promise<void> {
    await (await this.#input)?.close();
    this.#input = null;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
