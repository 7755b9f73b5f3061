import { basename } from 'node:path';

/** How a file's bytes are compressed as a whole. */
export type Compression = 'gzip' | 'zstd';

/** The ending of a name that says so. */
const ENDINGS: Readonly<Record<string, Compression>> = { '.gz': 'gzip', '.zst': 'zstd' };

/** A path without the ending that names a compression, and which one that is. */
export function withoutCompression(path: string): { readonly path: string; readonly compression: Compression | null } {
  const ending = /\.[^.]+$/.exec(basename(path))?.[0] ?? '';
  const compression = ENDINGS[ending.toLowerCase()] ?? null;
  return { path: compression === null ? path : path.slice(0, -ending.length), compression };
}

/** The compression that a file's first bytes show, or null. */
export function compressionOf(head: Buffer): Compression | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const magic = head.length < 4 ? 0 : head.readUInt32LE(0);
  // The second: a frame of something else, which pzstd puts before the data.
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) === 0x184d2a50 ? 'zstd' : null;
}
