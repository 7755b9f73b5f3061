import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { unwritable } from '../base/file-error.js';

/**
 * Writes a stream (standard input) to the file `path`, so that a run of it can resume. The file appears only when the
 * stream has ended. Throws `disk_full`, or `bad_argument` where the file can't be made.
 */
export async function spool(stream: Readable, path: string): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await pipeline(stream, createWriteStream(partial, { flush: true }));
  } catch (error) {
    await rm(partial, { force: true });
    throw unwritable(path, error);
  }
  await rename(partial, path);
}
