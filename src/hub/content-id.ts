import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** A file's content by hash: sha-256 of its bytes (LFS), or git's blob hash. */
export interface ContentId {
  readonly algorithm: 'sha256' | 'git-sha1';
  /** Lower case. */
  readonly hex: string;
}

/** A hash that is fed a content of `bytes` bytes and then gives the hex of its id. */
export function startHash(algorithm: ContentId['algorithm'], bytes: number): Hash {
  return algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`);
}

/** Feeds bytes [0, end) of a file to a hash, a MiB at a time. */
export async function feedFile(hash: Hash, path: string, end: number = Infinity): Promise<void> {
  if (end === 0) return;
  for await (const chunk of createReadStream(path, { end: end - 1, highWaterMark: 1 << 20 })) hash.update(chunk);
}
