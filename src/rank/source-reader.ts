import { open, type FileHandle } from 'node:fs/promises';
import { unreadable } from '../base/file-error.js';
import { EvosiftError } from '../base/errors.js';

/** A stretch of a file. */
export interface Stretch {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** Files that stay open from one call to the next. */
const MOST_OPEN = 64;

/** Reads stretches of files, in any order. */
export class SourceReader implements AsyncDisposable {
  readonly #handles = new Map<string, Promise<FileHandle>>();

  /** Reads all stretches at once. Throws `bad_data` where a file can't be read or has become shorter. */
  async read(stretches: readonly Stretch[]): Promise<Buffer[]> {
    const texts = await Promise.all(stretches.map((stretch) => this.#readOne(stretch)));
    if (this.#handles.size > MOST_OPEN) await this[Symbol.asyncDispose]();
    return texts;
  }

  async #readOne({ path, offset, length }: Stretch): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    try {
      const handle = await this.#handle(path);
      for (let filled = 0; filled < length;) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) {
          throw new EvosiftError('bad_data', `${path} has become shorter while its rows were read; rank again`);
        }
        filled += bytesRead;
      }
    } catch (error) {
      throw error instanceof EvosiftError ? error : unreadable(path, error);
    }
    return bytes;
  }

  #handle(path: string): Promise<FileHandle> {
    const handle = this.#handles.get(path) ?? open(path, 'r');
    this.#handles.set(path, handle);
    return handle;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const handles = await Promise.allSettled(this.#handles.values());
    this.#handles.clear();
    for (const handle of handles) if (handle.status === 'fulfilled') await handle.value.close();
  }
}
