import { getHFHubCachePath, getRepoFolderName } from '@huggingface/hub';
import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import { isDiskFull } from '../base/system-error.js';
import type { HubFile } from './client.js';
import type { ContentId } from './content-id.js';
import type { Repository } from './repository.js';
import { parseTree, treeText } from './tree-file.js';

/** Where huggingface_hub, and so evosift, keeps a repository: `blobs` by content, `snapshots` by commit, `refs` by name. */
export class CachedRepository {
  readonly #root: string;
  readonly #locks: string;

  constructor({ type, id }: Repository, cache: string = getHFHubCachePath()) {
    const folder = getRepoFolderName({ type, name: id });
    this.#root = join(cache, folder);
    this.#locks = join(cache, '.locks', folder);
  }

  snapshot(commit: string): string {
    return join(this.#root, 'snapshots', commit);
  }

  blob(content: ContentId): string {
    return join(this.#root, 'blobs', content.hex);
  }

  /** Beside huggingface_hub's locks, under a name of our own: those are flock(2) locks, these are files. */
  lock(content: ContentId): string {
    return join(this.#locks, `${content.hex}.evosift.lock`);
  }

  async makeBlobs(): Promise<void> {
    await mkdir(join(this.#root, 'blobs'), { recursive: true });
  }

  /** The commit that a branch or a tag stood for when it was last asked for; null where it never was. */
  async readRef(revision: string): Promise<string | null> {
    const text = await readFile(join(this.#root, 'refs', revision), 'utf8').catch(() => '');
    return text.trim() || null;
  }

  async writeRef(revision: string, commit: string): Promise<void> {
    const path = join(this.#root, 'refs', revision);
    await writeWhole(path, commit);
  }

  /** All files that a commit has, where that was ever asked; null where it was not. */
  async readListing(commit: string): Promise<HubFile[] | null> {
    return parseTree(await readFile(this.#tree(commit), 'utf8').catch(() => ''));
  }

  async writeListing(commit: string, files: readonly HubFile[]): Promise<void> {
    await writeWhole(this.#tree(commit), treeText(files));
  }

  #tree(commit: string): string {
    return join(this.#root, 'trees', `${commit}.json`);
  }

  /** The names of a commit's files that are here, sorted. */
  async names(commit: string): Promise<string[]> {
    const root = this.snapshot(commit);
    const entries = await readdir(root, { withFileTypes: true, recursive: true }).catch(() => []);
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort();
  }

  /** What of a commit's snapshot a name stands for, links followed; null where it is not here. */
  async find(commit: string, name: string): Promise<Stats | null> {
    return await stat(join(this.snapshot(commit), name)).catch(() => null);
  }

  /** Shows a blob as the file `name` of a commit's snapshot: a relative link, or a copy where links are not to be had. */
  async link(commit: string, name: string, content: ContentId): Promise<void> {
    const path = join(this.snapshot(commit), name);
    const blob = this.blob(content);
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${randomUUID()}`;
    try {
      await symlink(relative(dirname(path), blob), draft);
    } catch {
      await copyFile(blob, draft);
    }
    await rename(draft, path);
  }

  async forgetBlob(content: ContentId): Promise<void> {
    await rm(this.blob(content), { force: true });
  }

  /** Names by commit, e.g. `main`. */
  async refs(): Promise<Map<string, string[]>> {
    const root = join(this.#root, 'refs');
    const byCommit = new Map<string, string[]>();
    const entries = await readdir(root, { withFileTypes: true, recursive: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const name = relative(root, join(entry.parentPath, entry.name)).split(sep).join('/');
      const commit = await this.readRef(name);
      if (commit !== null) byCommit.set(commit, [...(byCommit.get(commit) ?? []), name].sort());
    }
    return byCommit;
  }

  async commits(): Promise<string[]> {
    return (await readdir(join(this.#root, 'snapshots')).catch(() => []))
      .filter((name) => !name.startsWith('.'))
      .sort();
  }
}

/** The hub ids of the models in the cache, sorted. */
export async function cachedIds(): Promise<string[]> {
  const folders = await readdir(getHFHubCachePath()).catch(() => []);
  return folders
    .filter((folder) => folder.startsWith('models--'))
    .map((folder) => folder.slice('models--'.length).replace('--', '/'))
    .sort();
}

export const cachePath = (): string => getHFHubCachePath();

/** Makes a refusal of the file system one that says where and what to do. */
export function explainCache(error: unknown): never {
  if (error instanceof EvosiftError || !(error instanceof Error && 'syscall' in error)) throw error;
  throw new EvosiftError(
    isDiskFull(error) ? 'disk_full' : 'hub_error',
    `Cannot write to the Hugging Face cache (${error.message}): make ${cachePath()} writable, or set HF_HUB_CACHE to another folder.`,
    { cause: error },
  );
}

/** Under another name first, so that nobody reads half of it. */
async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text);
  await rename(draft, path);
}
