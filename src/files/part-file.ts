import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { EvosiftError } from '../base/errors.js';
import { unwritable } from '../base/file-error.js';
import { systemCode } from '../base/system-error.js';

const BUFFERED_CHARACTERS = 256 * 1024;

/**
 * A file that is written anew in one go: it takes its name, and an older one's place, only when it is whole. What is no
 * regular file (`/dev/null`, a pipe) is never replaced, but written to as it is.
 */
export class PartFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  /** Null where the file itself is written to. */
  readonly #part: string | null;
  #buffered: string[] = [];
  #characters = 0;
  #ended = false;

  private constructor(
    readonly path: string,
    part: string | null,
    handle: FileHandle,
  ) {
    this.#part = part;
    this.#handle = handle;
  }

  /**
   * @param sole Nobody else can be writing the file, so that what an earlier one left behind is written over.
   * @throws EvosiftError `bad_argument` where it is a directory or can't be written; `disk_full`.
   */
  static async open(path: string, { sole = false } = {}): Promise<PartFile> {
    try {
      const target = await targetOf(path);
      const part = target.inPlace
        ? null
        : `${target.path}.${sole ? '' : `${process.pid}-${randomUUID().slice(0, 8)}.`}part`;
      const handle = part === null ? await open(target.path, 'w') : await open(part, sole ? 'w' : 'wx');
      return new PartFile(target.path, part, handle);
    } catch (error) {
      throw unwritable(path, error);
    }
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
      // Devices and pipes can't be made durable.
      if (this.#part !== null) await this.#handle.sync();
      await this.#handle.close();
      if (this.#part !== null) await rename(this.#part, this.path);
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }

  /** Throws away what was not finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#handle.close();
    if (this.#part !== null) await rm(this.#part, { force: true });
  }
}

interface Target {
  /** Behind symbolic links, which stay. */
  readonly path: string;
  readonly inPlace: boolean;
}

async function targetOf(path: string): Promise<Target> {
  const found = await stat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return { path, inPlace: false };
  if (found.isDirectory()) throw new EvosiftError('bad_argument', `${path} is a directory; name a file to write`);
  // The path of a pipe that `/dev/stdout` leads to names nothing.
  return found.isFile() ? { path: await realpath(path), inPlace: false } : { path, inPlace: true };
}
