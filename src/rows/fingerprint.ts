import { createHash } from 'node:crypto';
import { readChunks } from '../files/chunks.js';
import type { RunIdentity } from '../runs/run-identity.js';
import type { SourceFile } from './source-row.js';

/** Size and sha-256 of each file's bytes, in order: what a run's identity says of its data. */
export async function fingerprint(
  files: readonly SourceFile[],
  signal?: AbortSignal,
): Promise<RunIdentity['data']['files']> {
  const prints: { bytes: number; sha256: string }[] = [];
  for (const { path } of files) {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of readChunks(path, false)) {
      signal?.throwIfAborted();
      hash.update(chunk);
      bytes += chunk.length;
    }
    prints.push({ bytes, sha256: hash.digest('hex') });
  }
  return prints;
}
