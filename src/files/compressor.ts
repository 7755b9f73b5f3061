import type { Transform } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Compression } from './compression.js';
import { createZstd } from './zstd.js';

/** A stream that compresses what is written to it. */
export const createCompressor = async (compression: Compression): Promise<Transform> =>
  compression === 'gzip' ? createGzip() : await createZstd();
