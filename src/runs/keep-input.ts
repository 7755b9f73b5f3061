import { existsSync } from 'node:fs';
import { rename, rm, rmdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { untilAborted } from '../async/abort.js';
import { EvosiftError, messageOf } from '../base/errors.js';
import { isRecord } from '../base/json.js';
import { spool } from '../files/spool.js';
import { detectFile } from '../rows/detect-file.js';
import { fingerprint } from '../rows/fingerprint.js';
import { RUN_FILES } from './read-run.js';
import { lockRun, type RunLock } from './run-lock.js';

/** What a start that is not settled yet puts in the place of an earlier run's input, and where that is meanwhile. */
const [KEPT, BEFORE, ARRIVING] = ['input', 'input.before', 'input.arriving'];

export interface KeepOptions {
  /** Keep it in place of what an earlier run kept. */
  readonly force: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * An input that came as a stream or as rows, kept in the run directory so that the run can go on. The directory is locked
 * from before it is touched; unless the start is settled, disposing leaves it as it was.
 */
export class KeptInput implements AsyncDisposable {
  #settled = false;

  private constructor(
    private readonly directory: string,
    /** For the run that is to go on in the directory, which releases it. */
    readonly lock: RunLock,
    private readonly replaced: boolean,
  ) {}

  /**
   * Keeps what a stream holds. Where the directory keeps an input already, the stream must hold the same, or nothing (the
   * same command without its pipe).
   *
   * @throws EvosiftError `bad_data` where there is no input, `run_mismatch` where it is another one, `run_busy`,
   *   `disk_full`, `aborted`.
   */
  static async ofStream(input: Readable, directory: string, options: KeepOptions): Promise<KeptInput> {
    const isTerminal = Reflect.get(input, 'isTTY') === true;
    return await KeptInput.#keep(isTerminal ? null : untilAborted(input, options.signal), directory, options, {
      goesOnEmpty: true,
      none: isTerminal
        ? '- reads standard input, which is a terminal: pipe the rows in, or name a file.'
        : 'The input is empty: there are no rows.',
    });
  }

  /**
   * Keeps rows that a program hands over, a JSON line each.
   *
   * @throws EvosiftError as `ofStream`; `bad_data` where a row can't be written as JSON. What `rows` throws.
   */
  static async ofRows(
    rows: Iterable<object> | AsyncIterable<object>,
    directory: string,
    options: KeepOptions,
  ): Promise<KeptInput> {
    return await KeptInput.#keep(jsonLines(untilAborted(each(rows), options.signal)), directory, options, {
      goesOnEmpty: false,
      none: '`rows` gives none: there is nothing to do.',
    });
  }

  /** @param lines Null: nothing arrives. */
  static async #keep(
    lines: AsyncIterable<unknown> | null,
    directory: string,
    { force }: KeepOptions,
    { goesOnEmpty, none }: { readonly goesOnEmpty: boolean; readonly none: string },
  ): Promise<KeptInput> {
    const lock = await lockRun(directory);
    const [kept, before, arriving] = [join(directory, KEPT), join(directory, BEFORE), join(directory, ARRIVING)];
    let isReplacing = false;
    try {
      // Of a start that was killed before it was settled.
      if (existsSync(before)) await rename(before, kept);
      if (lines !== null) await spool(Readable.from(lines), arriving);
      const isEmpty = lines === null || (await stat(arriving)).size === 0;
      const isThere = existsSync(kept) && !force;
      if (isEmpty && !(isThere && goesOnEmpty)) throw new EvosiftError('bad_data', none);
      const isSameInput = isThere && (isEmpty || (await isSame(kept, arriving)));
      if (isThere && !isSameInput && existsSync(join(directory, RUN_FILES.manifest))) {
        throw new EvosiftError(
          'run_mismatch',
          `${directory} holds a run of another input; give another \`out\`, or \`force\` to start over`,
          { option: 'out' },
        );
      }
      isReplacing = !isSameInput;
      if (isReplacing && existsSync(kept)) await rename(kept, before);
      if (isReplacing) await rename(arriving, kept);
      return new KeptInput(directory, lock, isReplacing);
    } catch (error) {
      if (isReplacing && existsSync(before)) await rename(before, kept);
      await lock.release();
      await rmdir(directory).catch(() => {}); // Somebody else's, unless it is empty.
      throw error;
    } finally {
      await rm(arriving, { force: true });
    }
  }

  /** The file that keeps it. */
  get path(): string {
    return resolve(this.directory, KEPT);
  }

  /** The run has begun with this input, and has the lock: what an earlier one kept goes. */
  async settle(): Promise<void> {
    this.#settled = true;
    await rm(join(this.directory, BEFORE), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#settled) return;
    const before = join(this.directory, BEFORE);
    if (this.replaced) await rm(this.path, { force: true });
    if (existsSync(before)) await rename(before, this.path);
    await this.lock.release();
    await rmdir(this.directory).catch(() => {}); // Somebody else's, unless it is empty.
  }
}

async function* each<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
  yield* items;
}

async function* jsonLines(rows: AsyncIterable<unknown>): AsyncGenerator<string, void, undefined> {
  let index = 0;
  for await (const row of rows) yield jsonRow(row, index++);
}

/** A row as a JSON line. @throws EvosiftError `bad_data` where it is no object, or can't be written. */
export function jsonRow(row: unknown, index: number): string {
  if (!isRecord(row)) {
    const what = row === null ? 'null' : Array.isArray(row) ? 'an array' : `a value of type ${typeof row}`;
    throw new EvosiftError('bad_data', `row ${index} is ${what}, not an object`);
  }
  try {
    return `${JSON.stringify(row)}\n`;
  } catch (cause) {
    throw new EvosiftError('bad_data', `row ${index} cannot be written as JSON: ${messageOf(cause)}`, { cause });
  }
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [first, second] = await fingerprint(await Promise.all([one, other].map((path) => detectFile(path))));
  return first?.sha256 === second?.sha256;
}
