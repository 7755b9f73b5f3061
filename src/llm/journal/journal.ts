import { AppendFile } from '../../runs/score-file.js';
import { GroupAppend, type GroupLimits } from '../../files/group-append.js';
import { JournalIndex } from './journal-index.js';
import { journalText, type JournalEntry, type Settled } from './journal-line.js';

const LIMITS: GroupLimits = { patience: 10, most: 64 };

/**
 * `journal.jsonl`: what came of every request of a run, found by generator, key and request hash. One process at a time
 * may have it open.
 */
export class Journal implements AsyncDisposable {
  readonly #index: JournalIndex;
  readonly #file: AppendFile;
  readonly #groups: GroupAppend;

  private constructor(index: JournalIndex, file: AppendFile, limits: GroupLimits) {
    this.#index = index;
    this.#file = file;
    this.#groups = new GroupAppend(file, index.size, limits);
  }

  /**
   * Opens a journal, made where it is missing. A torn last line is cut off.
   *
   * @throws EvosiftError `bad_data` for a damaged line, with its number; `bad_argument` where it can't be written.
   */
  static async open(path: string, limits: GroupLimits = LIMITS): Promise<Journal> {
    const index = await JournalIndex.read(path);
    return new Journal(index, await AppendFile.open(path, index.size), limits);
  }

  /** What came of a request, or null. `address` is what `addressOf` gives, `request` the request's hash. */
  find(address: string, request: string): Promise<Settled | null> {
    return this.#index.find(address, request);
  }

  /**
   * Resolves when the entry is durable; entries that come together are written together.
   *
   * @throws EvosiftError `disk_full`; then nothing of the entry is in the file, and no later one is taken.
   */
  async append(entry: JournalEntry): Promise<void> {
    const { offset, length } = await this.#groups.append(journalText(entry));
    this.#index.add(entry, offset, length);
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.#groups.flush();
    await this.#file.close();
    await this.#index.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
