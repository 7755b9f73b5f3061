import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { EvosiftError } from '../base/errors.js';
import { systemCode } from '../base/system-error.js';
import { unreadable } from '../base/file-error.js';
import type { Compression } from './compression.js';
import { decompressZstd, ZstdFault } from './zstd.js';

const CHUNK_BYTES = 256 * 1024;

/**
 * The bytes of a file, decompressed where it is compressed, in chunks. A chunk is valid until the next one is asked for:
 * plain files are read into one buffer over and over.
 * Throws `bad_data` for a file that can't be read, or whose compressed stream is damaged or breaks off.
 */
export function readChunks(path: string, compression: Compression | null): AsyncGenerator<Buffer> {
  return compression === null ? readPlain(path) : readCompressed(path, compression);
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

async function* readCompressed(path: string, compression: Compression): AsyncGenerator<Buffer> {
  try {
    yield* compression === 'gzip' ? gunzip(path) : decompressZstd(readPlain(path));
  } catch (error) {
    const stream = `${compression} stream`;
    const fault = error instanceof ZstdFault ? error.kind : gzipFault(error);
    if (fault === 'cut') throw broken(path, `breaks off in the middle of its ${stream}`, error);
    if (fault === 'damaged') throw broken(path, `has a damaged ${stream}`, error);
    throw systemCode(error) === '' ? error : unreadable(path, error);
  }
}

async function* gunzip(path: string): AsyncGenerator<Buffer> {
  const source = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const stream = createGunzip({ chunkSize: CHUNK_BYTES });
  source.once('error', (error) => stream.destroy(error));
  source.pipe(stream);
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } finally {
    source.destroy();
    stream.destroy();
  }
}

function gzipFault(error: unknown): ZstdFault['kind'] | null {
  const code = systemCode(error);
  if (code === 'Z_BUF_ERROR') return 'cut';
  return code.startsWith('Z_') ? 'damaged' : null;
}

function broken(path: string, what: string, cause: unknown): EvosiftError {
  return new EvosiftError('bad_data', `${path} ${what}; fetch or compress it again`, { cause });
}
