import { existsSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { PlaceTable } from '../files/place-table.js';
import type { KnownScores } from '../runs/reuse-index.js';
import { AppendFile, readScoreLines, scoreText } from '../runs/score-file.js';
import type { ScoreLine } from '../runs/score-line.js';

/**
 * `losses.jsonl`: the score lines of what a run has scored, in the order in which they came, found by content hash. Only
 * places are held in memory.
 */
export class LossFile implements KnownScores, AsyncDisposable {
  readonly #output: AppendFile;
  readonly #input: FileHandle;
  readonly #places: PlaceTable;
  #size: number;
  /** Lines that are not in the file yet, by hash. */
  #arriving = new Map<string, ScoreLine>();
  #writing: Promise<void> = Promise.resolve();
  #scheduled = false;

  private constructor(output: AppendFile, input: FileHandle, places: PlaceTable, size: number) {
    this.#output = output;
    this.#input = input;
    this.#places = places;
    this.#size = size;
  }

  /** A torn last line is cut off. @throws EvosiftError `bad_data` for a damaged line; `disk_full`. */
  static async open(path: string): Promise<LossFile> {
    const places = new PlaceTable();
    let size = 0;
    if (existsSync(path)) {
      for await (const { line, offset, length } of readScoreLines(path)) {
        if (line.hash !== null) places.add(line.hash, offset, length);
        size = offset + length;
      }
    }
    const output = await AppendFile.open(path, size);
    return new LossFile(output, await open(path, 'r'), places, size);
  }

  async find(hash: string): Promise<readonly ScoreLine[] | null> {
    const arriving = this.#arriving.get(hash);
    if (arriving !== undefined) return [arriving];
    const place = this.#places.find(hash);
    if (place === null) return null;
    const bytes = Buffer.allocUnsafe(place.length);
    await this.#input.read(bytes, 0, place.length, place.offset);
    const line = JSON.parse(bytes.toString()) as ScoreLine;
    // The table goes by half of the hash.
    return line.hash === hash ? [line] : null;
  }

  /** Takes a line; those of a turn of the event loop, and those that come during a write, are written together. */
  add(line: ScoreLine): void {
    if (line.hash === null) return;
    this.#arriving.set(line.hash, line);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#writing = this.#writing.then(() => this.#write());
    // Told by `flush`.
    this.#writing.catch(() => {});
  }

  async #write(): Promise<void> {
    this.#scheduled = false;
    const lines = [...this.#arriving];
    await this.#output.append(lines.map(([, line]) => scoreText(line)).join(''));
    for (const [hash, line] of lines) {
      const length = Buffer.byteLength(scoreText(line));
      this.#places.add(hash, this.#size, length);
      this.#size += length;
      if (this.#arriving.get(hash) === line) this.#arriving.delete(hash);
    }
  }

  /** Resolves when all is durable. @throws EvosiftError `disk_full`. */
  flush(): Promise<void> {
    return this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#output.close();
    await this.#input.close();
  }
}
