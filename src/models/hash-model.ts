import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { throwIfAborted } from '../async/abort.js';
import { feedFile } from '../hub/content-id.js';
import { TOKENIZER_FILES } from './model-files.js';
import type { ResolvedModel } from './resolved-model.js';

/**
 * The identity of a model: sha-256 (hex) over the names and contents of its config and weights, whatever directory
 * they are in. Hashes of files are kept by path, size and mtime in `evosift/hashes.json` under XDG_CACHE_HOME, so that
 * only the first call reads the weights.
 *
 * @throws EvosiftError `aborted`.
 */
export async function hashModel(model: ResolvedModel, signal?: AbortSignal): Promise<string> {
  const files = model.files.filter((file) => !TOKENIZER_FILES.includes(file.name));
  const whole = createHash('sha256');
  for (const file of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    throwIfAborted(signal);
    whole.update(`${file.name}\0${await hashFile(file.path)}\n`);
  }
  return whole.digest('hex');
}

/**
 * sha-256 (hex) of a file, from the cache where the file is as it was.
 *
 * @param options `anew` reads the file whatever the cache says.
 */
export async function hashFile(path: string, options: { readonly anew?: boolean } = {}): Promise<string> {
  const file = await realpath(path);
  const stamp = await stampOf(file);
  const known = options.anew ? undefined : (await readKnown())[file];
  if (known !== undefined && known.size === stamp.size && known.mtime_ns === stamp.mtime_ns) return known.sha256;
  const hash = createHash('sha256');
  await feedFile(hash, file);
  const sha256 = hash.digest('hex');
  await remember(file, { ...stamp, sha256 });
  return sha256;
}

/** sha-256 (hex) over the names and contents of files of a directory: equal for equal files, wherever they lie. */
export async function hashFiles(directory: string, names: readonly string[]): Promise<string> {
  const whole = createHash('sha256');
  for (const name of names) whole.update(`${name}\0${await hashFile(join(directory, name))}\n`);
  return whole.digest('hex');
}

/** Notes the sha-256 of a file that was hashed on its way here. */
export async function rememberHash(path: string, sha256: string): Promise<void> {
  const file = await realpath(path);
  await remember(file, { ...(await stampOf(file)), sha256 });
}

interface Stamp {
  readonly size: number;
  /** Decimal: nanoseconds do not fit a double. */
  readonly mtime_ns: string;
}

type KnownHashes = Readonly<Record<string, Stamp & { readonly sha256: string }>>;

async function stampOf(file: string): Promise<Stamp> {
  const stats = await stat(file, { bigint: true });
  return { size: Number(stats.size), mtime_ns: String(stats.mtimeNs) };
}

const knownPath = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'evosift', 'hashes.json');

async function readKnown(): Promise<KnownHashes> {
  try {
    const known: unknown = JSON.parse(await readFile(knownPath(), 'utf8'));
    return isKnownHashes(known) ? known : {};
  } catch {
    return {}; // None yet, or torn: every file is hashed anew.
  }
}

const isKnownHashes = (value: unknown): value is KnownHashes =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every(
    (entry) =>
      typeof entry?.size === 'number' && typeof entry.mtime_ns === 'string' && /^[0-9a-f]{64}$/.test(entry.sha256),
  );

/**
 * Writes the cache whole, under another name first. Of two writers at a time the later wins, and the other's file is
 * hashed once more some day. A cache that cannot be written costs time only.
 */
async function remember(file: string, entry: KnownHashes[string]): Promise<void> {
  const path = knownPath();
  const known = await readKnown();
  if (JSON.stringify(known[file]) === JSON.stringify(entry)) return;
  const draft = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, JSON.stringify({ ...known, [file]: entry }, null, 1));
    await rename(draft, path);
  } catch {
    // A read-only home: hash again next time.
  }
}
