import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { EvosiftError } from '../base/errors.js';
import { systemCode } from '../base/system-error.js';
import { unreadable } from '../base/file-error.js';

const CHUNK_BYTES = 256 * 1024;

/**
 * The bytes of a file, decompressed where it is gzip, in chunks. A chunk is valid until the next one is asked for:
 * plain files are read into one buffer over and over.
 * Throws `bad_data` for a file that can't be read, or whose compressed stream is damaged or breaks off.
 */
export function readChunks(path: string, gzip: boolean): AsyncGenerator<Buffer> {
  return gzip ? readCompressed(path) : readPlain(path);
}

async function* readPlain(path: string): AsyncGenerator<Buffer> {
  try {
    const handle = await open(path, 'r');
    try {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw systemCode(error) === '' ? error : unreadable(path, error);
  }
}

async function* readCompressed(path: string): AsyncGenerator<Buffer> {
  const source = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  source.once('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    if (systemCode(error) === 'Z_BUF_ERROR') throw broken(path, 'breaks off in the middle of its gzip stream', error);
    if (systemCode(error).startsWith('Z_')) throw broken(path, 'has a damaged gzip stream', error);
    throw systemCode(error) === '' ? error : unreadable(path, error);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

function broken(path: string, what: string, cause: unknown): EvosiftError {
  return new EvosiftError('bad_data', `${path} ${what}; fetch or compress it again`, { cause });
}
