import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { untilAborted } from '../async/abort.js';
import { EvosiftError } from '../base/errors.js';
import { spool } from './spool.js';

/** Standard input as a file, which can be read more than once; it goes when this is disposed. */
export class KeptStream implements AsyncDisposable {
  private constructor(
    private readonly folder: string,
    readonly path: string,
  ) {}

  /** @throws EvosiftError `bad_data` where it is a terminal, or empty; `disk_full`, `aborted`. */
  static async of(stream: Readable, signal?: AbortSignal): Promise<KeptStream> {
    if (Reflect.get(stream, 'isTTY') === true) {
      throw new EvosiftError(
        'bad_data',
        '- reads standard input, which is a terminal: pipe the rows in, or name a file.',
      );
    }
    const folder = await mkdtemp(join(tmpdir(), 'evosift-input-'));
    const kept = new KeptStream(folder, join(folder, 'standard-input'));
    try {
      await spool(Readable.from(untilAborted<Buffer>(stream, signal)), kept.path);
      if ((await stat(kept.path)).size > 0) return kept;
      throw new EvosiftError('bad_data', 'The input is empty: there are no rows.');
    } catch (error) {
      await kept[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
