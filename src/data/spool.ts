import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EvosiftError } from '../errors.js';
import { systemCode } from './file-error.js';

/**
 * Writes a stream (standard input) to the file `path`, so that a run of it can resume. The file appears only when the
 * stream has ended. Throws `disk_full`.
 */
export async function spool(stream: Readable, path: string): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await pipeline(stream, createWriteStream(partial, { flush: true }));
  } catch (error) {
    if (systemCode(error) !== 'ENOSPC' && systemCode(error) !== 'EDQUOT') throw error;
    throw new EvosiftError('disk_full', `${path}: no space left to spool the input to`, { cause: error });
  }
  await rename(partial, path);
}
