import { existsSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { PlaceTable } from '../../files/place-table.js';
import { readChunks } from '../../files/chunks.js';
import { JsonLinesSplitter } from '../../rows/readers/json-lines.js';
import type { RowSlice } from '../../rows/readers/row-splitter.js';
import { EvosiftError } from '../../base/errors.js';
import { parseJournalLine, type JournalEntry, type Settled } from './journal-line.js';
import { addressOf } from './request-hash.js';

/** Where a journal's answers stand in its file. Texts are read again when they are asked for. */
export class JournalIndex {
  readonly #places = new PlaceTable();
  readonly #models = new Map<string, Set<string>>();
  #input: Promise<FileHandle> | null = null;
  /** Bytes of the whole lines. */
  #size = 0;

  private constructor(readonly path: string) {}

  /**
   * Reads what there is of a file, a torn last line left out; a missing file is an empty one.
   *
   * @throws EvosiftError `bad_data` for a damaged line, with its number.
   */
  static async read(path: string): Promise<JournalIndex> {
    const index = new JournalIndex(path);
    if (!existsSync(path)) return index;
    const splitter = new JsonLinesSplitter(path, 0);
    for await (const chunk of readChunks(path, false)) {
      const slices: RowSlice[] = [];
      splitter.push(chunk, slices);
      for (const { bytes, offset, line } of slices) {
        const entry = parseJournalLine(bytes.toString());
        if (entry === null) throw damaged(path, line);
        index.add(entry, offset, bytes.length + 1);
      }
    }
    return index;
  }

  get size(): number {
    return this.#size;
  }

  /** The generators that the journal has answers of, and the models behind each, as `modelOf` named them. */
  get models(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#models;
  }

  /** Of several lines of one request the later wins: a request that had failed was made again. */
  add({ key, request, generator, model }: JournalEntry, offset: number, length: number): void {
    this.#places.set(addressOf(generator, key, request), offset, length);
    this.#size = offset + length;
    const models = this.#models.get(generator) ?? new Set();
    this.#models.set(generator, models.add(model));
  }

  /** @param address As `addressOf` gives it; `request` is the request's hash. */
  async find(address: string, request: string): Promise<Settled | null> {
    const place = this.#places.find(address);
    if (place === null) return null;
    this.#input ??= open(this.path, 'r');
    const input = await this.#input;
    const bytes = Buffer.allocUnsafe(place.length);
    await input.read(bytes, 0, place.length, place.offset);
    const entry = parseJournalLine(bytes.toString());
    // The table goes by a part of the address.
    return entry?.request === request ? entry.settled : null;
  }

  async close(): Promise<void> {
    await (await this.#input)?.close();
    this.#input = null;
  }
}

const damaged = (path: string, line: number): EvosiftError =>
  new EvosiftError(
    'bad_data',
    `${path} line ${line} is damaged; remove that line, so that its request is made again, or start over with --force`,
  );
