import { open, type FileHandle } from 'node:fs/promises';
import { isRecord } from '../base/json.js';
import { EvosiftError } from '../base/errors.js';
import { unwritable } from '../files/file-error.js';
import { readChunks } from '../files/chunks.js';
import { JsonLinesSplitter } from '../rows/readers/json-lines.js';
import type { RowSlice } from '../rows/readers/row-splitter.js';
import type { ScoreLine } from './score-line.js';

/** A line of `scores.jsonl`, and its bytes there. */
export interface PlacedLine {
  readonly line: ScoreLine;
  readonly offset: number;
  /** With the line end. */
  readonly length: number;
}

/**
 * The whole lines of a `scores.jsonl`; a torn last one is left out. Throws `bad_data` for a line that is no score.
 */
export async function* readScoreLines(path: string): AsyncGenerator<PlacedLine> {
  const splitter = new JsonLinesSplitter(path, 0);
  for await (const chunk of readChunks(path, false)) {
    const slices: RowSlice[] = [];
    splitter.push(chunk, slices);
    for (const placed of slices.map((slice) => parseLine(slice, path))) yield placed;
  }
}

function parseLine({ bytes, offset, line }: RowSlice, path: string): PlacedLine {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    value = null;
  }
  if (isRecord(value) && typeof value['index'] === 'number' && typeof value['status'] === 'string') {
    return { line: value as unknown as ScoreLine, offset, length: bytes.length + 1 };
  }
  throw new EvosiftError('bad_data', `${path} line ${line} is damaged; start the run over with --force`);
}

/** The text of a line, line end included. */
export function scoreText(line: ScoreLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** A file that only grows, by whole writes: what a write that failed has left is taken back. */
export class AppendFile {
  readonly #handle: FileHandle;
  #size: number;

  private constructor(
    readonly path: string,
    handle: FileHandle,
    size: number,
  ) {
    this.#handle = handle;
    this.#size = size;
  }

  /** Opens the file, made where it is missing, and cuts off all behind `size` bytes. */
  static async open(path: string, size: number): Promise<AppendFile> {
    const handle = await open(path, 'a').catch((error: unknown) => {
      throw unwritable(path, error);
    });
    try {
      if ((await handle.stat()).size > size) {
        await handle.truncate(size);
        await handle.sync();
      }
      return new AppendFile(path, handle, size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** One write; durable when it resolves. Throws `disk_full`, and then nothing of `text` is in the file. */
  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    try {
      for (let written = 0; written < bytes.length;) {
        written += (await this.#handle.write(bytes, written, bytes.length - written)).bytesWritten;
      }
      await this.#handle.datasync();
      this.#size += bytes.length;
    } catch (error) {
      // Should this fail as well, the torn line is cut off when the run is opened again.
      await this.#handle.truncate(this.#size).catch(() => undefined);
      throw unwritable(this.path, error, '; what was written before is safe');
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
