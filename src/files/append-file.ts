import { open, type FileHandle } from 'node:fs/promises';
import { unwritable } from '../base/file-error.js';

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
