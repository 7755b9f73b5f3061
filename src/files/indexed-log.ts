import { AppendFile } from './append-file.js';
import { LogIndex, type LogFormat } from './log-index.js';

/** Milliseconds that a line waits at most for others to be written with it, the write aside. */
const PATIENCE = 10;

/** A group of so many lines is written at once. */
const MOST = 64;

interface Waiting<Entry> {
  readonly entry: Entry;
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A file of JSON lines that only grows and whose entries are found by key, those that are still to be written included.
 * Entries that come together are appended with one write and one fsync. One process at a time may have it open.
 */
export class IndexedLog<Entry> implements AsyncDisposable {
  #waiting: Waiting<Entry>[] = [];
  /** Entries that are not in the file yet, by key. */
  readonly #arriving = new Map<string, Entry>();
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  private constructor(
    private readonly index: LogIndex<Entry>,
    private readonly file: AppendFile,
  ) {}

  /**
   * Opens a log, made where it is missing. A torn last line is cut off.
   *
   * @throws EvosiftError `bad_data` for a damaged line, with its number; `bad_argument` where it can't be written.
   */
  static async open<Entry>(path: string, format: LogFormat<Entry>): Promise<IndexedLog<Entry>> {
    const index = await LogIndex.read(path, format);
    return new IndexedLog(index, await AppendFile.open(path, index.bytes));
  }

  /** As `LogIndex.find`. */
  async find(key: string): Promise<readonly Entry[] | null> {
    const arriving = this.#arriving.get(key);
    return arriving === undefined ? await this.index.find(key) : [arriving];
  }

  /**
   * Resolves when the entry is durable. After a write that failed all fail alike: what is said to be missing must not be
   * followed by what is there.
   *
   * @throws EvosiftError `disk_full`; then nothing of the entry is in the file.
   */
  append(entry: Entry): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure.error);
    const { format } = this.index;
    const key = format.keyOf(entry);
    if (key !== null) this.#arriving.set(key, entry);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, text: format.textOf(entry), resolve, reject });
      if (this.#waiting.length >= MOST) this.#begin();
      else this.#timer ??= setTimeout(() => this.#begin(), PATIENCE);
    });
  }

  /** Resolves when all entries so far are durable. @throws What the first write threw that failed. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#writing !== null) {
      this.#begin();
      await this.#writing;
    }
    if (this.#failure !== null) throw this.#failure.error;
  }

  #begin(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#writing !== null || this.#waiting.length === 0) return;
    const group = this.#waiting;
    this.#waiting = [];
    this.#writing = this.#write(group).finally(() => {
      this.#writing = null;
      // Who came during the write has waited long enough.
      this.#begin();
    });
  }

  async #write(group: readonly Waiting<Entry>[]): Promise<void> {
    try {
      if (this.#failure !== null) throw this.#failure.error;
      await this.file.append(group.map(({ text }) => text).join(''));
    } catch (error) {
      this.#failure ??= { error };
      for (const { reject } of group) reject(error);
      return;
    }
    for (const { entry, text, resolve } of group) {
      this.index.add(entry, Buffer.byteLength(text));
      const key = this.index.format.keyOf(entry);
      if (key !== null && this.#arriving.get(key) === entry) this.#arriving.delete(key);
      resolve();
    }
  }

  /** Writes what waits; what can't be written was told to those who appended it. */
  async close(): Promise<void> {
    await this.flush().catch(() => {});
    await this.file.close();
    await this.index.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
