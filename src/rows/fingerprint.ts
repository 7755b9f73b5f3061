import { throwIfAborted } from '../async/abort.js';
import { createHash } from 'node:crypto';
import { readChunks } from '../files/chunks.js';
import type { SourceFile } from './source-row.js';

/** What tells a file's bytes apart from others. */
export interface Fingerprint {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** Size and sha-256 of each file's bytes, in order: what a run's identity says of its data. */
export async function fingerprint(files: readonly SourceFile[], signal?: AbortSignal): Promise<readonly Fingerprint[]> {
  const prints: Fingerprint[] = [];
  for (const { path } of files) {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of readChunks(path, null)) {
      throwIfAborted(signal);
      hash.update(chunk);
      bytes += chunk.length;
    }
    prints.push({ bytes, sha256: hash.digest('hex') });
  }
  return prints;
}
