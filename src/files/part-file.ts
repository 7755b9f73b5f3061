import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { unwritable } from '../base/file-error.js';

const BUFFERED_CHARACTERS = 256 * 1024;

/** A file that is written anew in one go: it takes its name, and an older one's place, only when it is whole. */
export class PartFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #part: string;
  #buffered: string[] = [];
  #characters = 0;
  #ended = false;

  private constructor(
    readonly path: string,
    part: string,
    handle: FileHandle,
  ) {
    this.#part = part;
    this.#handle = handle;
  }

  static async open(path: string): Promise<PartFile> {
    const part = `${path}.part`;
    const handle = await open(part, 'w').catch((error: unknown) => {
      throw unwritable(path, error);
    });
    return new PartFile(path, part, handle);
  }

  async write(text: string): Promise<void> {
    this.#buffered.push(text);
    this.#characters += text.length;
    if (this.#characters >= BUFFERED_CHARACTERS) await this.#flush();
  }

  async #flush(): Promise<void> {
    const text = this.#buffered.join('');
    this.#buffered = [];
    this.#characters = 0;
    await this.#handle.writeFile(text).catch((error: unknown) => {
      throw unwritable(this.path, error);
    });
  }

  /** Makes what was written durable, under the file's name. */
  async finish(): Promise<void> {
    await this.#flush();
    this.#ended = true;
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#part, this.path);
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }

  /** Throws away what was not finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#handle.close();
    await rm(this.#part, { force: true });
  }
}
