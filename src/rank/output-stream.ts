import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { unwritable } from '../base/file-error.js';
import { createCompressor } from '../files/compressor.js';
import type { Compression } from '../files/compression.js';

const FLUSH_BYTES = 256 * 1024;

/** Bytes to a stream in large pieces, waiting where the stream asks for it. */
export class OutputStream {
  #parts: (Buffer | string)[] = [];
  #size = 0;

  constructor(private readonly stream: Writable) {}

  /** Adds to what will be written; the caller awaits `ready` before it adds more. */
  push(part: Buffer | string): void {
    this.#parts.push(part);
    this.#size += part.length;
  }

  /** Passes on what has gathered, if it is much. */
  async ready(): Promise<void> {
    if (this.#size >= FLUSH_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#size === 0) return;
    const bytes = Buffer.concat(this.#parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
    this.#parts = [];
    this.#size = 0;
    if (!this.stream.write(bytes)) await once(this.stream, 'drain');
  }
}

/** Where the file `path` is written before it is whole. */
export const partialPath = (path: string): string => `${resolve(path)}.${process.pid}.partial`;

/**
 * Writes the file `path` whole or not at all: `write` fills a partial file beside it, which takes its place at the end
 * and is removed on failure.
 * Throws `disk_full`, or `bad_argument` where the file can't be written.
 */
export async function writeWhole(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  const partial = partialPath(path);
  try {
    // What can't be opened is told before any work is done, and in the same words for every format.
    await (await open(partial, 'w')).close();
    await write(partial);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw writeFailure(path, error);
  }
}

/** Writes a file as a stream of bytes, which `compression` says how to compress. */
export async function writeStream(
  path: string,
  write: (output: OutputStream) => Promise<void>,
  compression: Compression | null = null,
): Promise<void> {
  const file = createWriteStream(path);
  const compressor = compression === null ? null : await createCompressor(compression);
  const entry = compressor ?? file;
  const written = compressor === null ? finished(file) : pipeline(compressor, file);
  const output = new OutputStream(entry);
  try {
    // What waits for a stream that has failed would wait for ever.
    await Promise.race([write(output).then(() => output.flush()), written]);
    entry.end();
    await written;
  } catch (error) {
    entry.destroy();
    await written.catch(() => {});
    throw error;
  }
}

/** What a user is told when `path` can't be written, be it by us or by DuckDB. */
export function writeFailure(path: string, error: unknown): unknown {
  const isFull = error instanceof Error && error.message.includes('No space left on device');
  return unwritable(path, isFull ? Object.assign(new Error(error.message), { code: 'ENOSPC' }) : error);
}
