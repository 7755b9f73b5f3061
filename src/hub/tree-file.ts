import { isRecord } from '../base/json.js';
import type { HubFile } from './client.js';

/** All files of a commit as huggingface_hub keeps them in `trees/COMMIT.json` (its `_tree_cache.py`), and reads them. */
export function treeText(files: readonly HubFile[]): string {
  const entries = [...files]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, bytes, content, oid, xetHash }): [string, object] => [
      name,
      {
        size: bytes,
        blob_id: oid,
        ...(content.algorithm === 'sha256' && { lfs_sha256: content.hex, lfs_size: bytes }),
        ...(xetHash !== undefined && { xet_hash: xetHash }),
      },
    ]);
  return JSON.stringify({ format_version: 1, files: Object.fromEntries(entries) }, null, 1);
}

/** The files that such a text lists; null where it is of another version, or torn. */
export function parseTree(text: string): HubFile[] | null {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(tree) || tree['format_version'] !== 1 || !isRecord(tree['files'])) return null;
  const files = Object.entries(tree['files']).map(([name, entry]) => parseEntry(name, entry));
  return files.every((file) => file !== null) ? files : null;
}

function parseEntry(name: string, entry: unknown): HubFile | null {
  if (!isRecord(entry)) return null;
  const { size, blob_id: oid, lfs_sha256: sha256, lfs_size: largeSize, xet_hash: xetHash } = entry;
  const bytes = typeof largeSize === 'number' ? largeSize : size;
  if (typeof bytes !== 'number' || typeof oid !== 'string') return null;
  return {
    name,
    bytes,
    content: typeof sha256 === 'string' ? { algorithm: 'sha256', hex: sha256 } : { algorithm: 'git-sha1', hex: oid },
    oid,
    ...(typeof xetHash === 'string' && { xetHash }),
  };
}
