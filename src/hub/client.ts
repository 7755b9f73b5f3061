import { datasetInfo, listFiles, modelInfo } from '@huggingface/hub';
import { setTimeout as sleep } from 'node:timers/promises';
import { retryAfterOf } from '../base/retry-after.js';
import { EvosiftError } from '../base/errors.js';
import { throwIfAborted } from '../async/abort.js';
import type { ContentId } from './content-id.js';
import type { HubEnvironment } from './environment.js';
import { explainRefusal, explainUnreachable, isPassing } from './errors.js';
import { isCommit, pageOf, type Repository } from './repository.js';

/** A file of a repository on the hub, by content. */
export interface HubFile {
  /** Its path from the repository's root. */
  readonly name: string;
  readonly bytes: number;
  readonly content: ContentId;
  /** Git's hash of what git holds: of a large file, of the pointer to it. */
  readonly oid: string;
  /** By which the hub's newer storage has a large file. */
  readonly xetHash?: string;
}

/** How often a request is made before its failure is given up on, and how long the waits between may be. */
export interface RetryPolicy {
  readonly attempts: number;
  /** Milliseconds before the second attempt; each further wait is twice as long. */
  readonly firstWait: number;
  /** A Retry-After beyond this many milliseconds is an error at once. */
  readonly longestWait: number;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 4, firstWait: 500, longestWait: 60_000 };

/**
 * The hub's API for one repository: @huggingface/hub over a `fetch` that adds the token (for the hub's own
 * origin only), repeats what may pass, and turns refusals into errors that say what to do.
 *
 * Every method throws EvosiftError `model_not_found` (a dataset: `bad_data`), `hub_error` or `aborted`.
 */
export class HubClient {
  readonly #environment: HubEnvironment;
  readonly #repository: Repository;
  readonly #signal: AbortSignal | undefined;
  readonly #retry: RetryPolicy;

  constructor(
    environment: HubEnvironment,
    repository: Repository,
    signal?: AbortSignal,
    retry: RetryPolicy = DEFAULT_RETRY,
  ) {
    this.#environment = environment;
    this.#repository = repository;
    this.#signal = signal;
    this.#retry = retry;
  }

  /** The commit that a branch, a tag or a commit stands for. */
  async commitOf(revision: string): Promise<string> {
    const { type, id } = this.#repository;
    const asked = {
      name: id,
      revision,
      hubUrl: this.#environment.endpoint,
      additionalFields: ['sha' as const],
      fetch: (url: string | URL | Request, init?: RequestInit) => this.#fetch(url, init, revision),
    };
    const { sha } = await (type === 'model' ? modelInfo(asked) : datasetInfo(asked));
    if (!isCommit(sha)) throw this.#unexpected(`names ${JSON.stringify(sha)} as the commit of ${revision}`);
    return sha;
  }

  /** The files in the repository's root and, where `folders` names them, in folders of it. */
  async files(commit: string, folders: readonly string[]): Promise<HubFile[]> {
    const root = await this.#list(commit, {});
    const found = root.files;
    for (const path of folders) {
      if (root.folders.includes(path)) found.push(...(await this.#list(commit, { path })).files);
    }
    return found;
  }

  /** All files of the repository. */
  async allFiles(commit: string): Promise<HubFile[]> {
    return (await this.#list(commit, { recursive: true })).files;
  }

  /** A response with the bytes of a file from `offset` on (206), or, where ranges are not honoured, all of it (200). */
  async open(commit: string, file: string, offset: number): Promise<Response> {
    const path = file.split('/').map(encodeURIComponent).join('/');
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (offset > 0) headers.range = `bytes=${offset}-`;
    return this.#fetch(
      `${this.#environment.endpoint}/${pageOf(this.#repository)}/resolve/${commit}/${path}`,
      { headers },
      commit,
    );
  }

  /** Waits before repeating a file's request for the `attempt`-th time (from 1); false where that was tried enough. */
  async mayRepeat(attempt: number): Promise<boolean> {
    if (attempt >= this.#retry.attempts) return false;
    await this.#wait(this.#retry.firstWait * 2 ** (attempt - 1));
    return true;
  }

  async #list(
    commit: string,
    where: { readonly path?: string; readonly recursive?: boolean },
  ): Promise<{ files: HubFile[]; folders: string[] }> {
    const { type, id } = this.#repository;
    const entries = listFiles({
      repo: { type, name: id },
      ...where,
      revision: commit,
      hubUrl: this.#environment.endpoint,
      fetch: (url, init) => this.#fetch(url, init, commit),
    });
    const files: HubFile[] = [];
    const folders: string[] = [];
    for await (const entry of entries) {
      // What would lie outside of the snapshot is no file of it.
      if (entry.path.split(/[/\\]/).some((part) => part === '' || part === '.' || part === '..')) {
        throw this.#unexpected(`lists a file ${JSON.stringify(entry.path)}`);
      }
      if (entry.type === 'directory') folders.push(entry.path);
      if (entry.type !== 'file') continue;
      const { path: name, size: bytes, oid = '', xetHash } = entry;
      files.push({ name, bytes, content: this.#contentOf(entry), oid, ...(xetHash !== undefined && { xetHash }) });
    }
    return { files, folders };
  }

  #contentOf(entry: { path: string; oid?: string; lfs?: { oid: string } }): ContentId {
    const content: ContentId =
      entry.lfs === undefined
        ? { algorithm: 'git-sha1', hex: entry.oid ?? '' }
        : { algorithm: 'sha256', hex: entry.lfs.oid };
    const wanted = content.algorithm === 'sha256' ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/;
    if (!wanted.test(content.hex)) throw this.#unexpected(`gives no usable hash for ${entry.path}`);
    return content;
  }

  #unexpected(what: string): EvosiftError {
    return new EvosiftError(
      'hub_error',
      `${this.#environment.endpoint} ${what} (${this.#repository.id}). Is HF_ENDPOINT a Hugging Face hub?`,
    );
  }

  async #fetch(input: string | URL | Request, init: RequestInit | undefined, revision: string): Promise<Response> {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    const { token, endpoint } = this.#environment;
    if (token !== null && url.origin === new URL(endpoint).origin) headers.set('authorization', `Bearer ${token}`);
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(this.#signal);
      const last = attempt === this.#retry.attempts;
      let response: Response;
      try {
        response = await fetch(url, { ...init, headers, ...(this.#signal ? { signal: this.#signal } : {}) });
      } catch (cause) {
        throwIfAborted(this.#signal);
        if (last) throw explainUnreachable(this.#environment, cause);
        await this.#wait(this.#retry.firstWait * 2 ** (attempt - 1));
        continue;
      }
      if (response.ok) return response;
      const wait = retryAfterOf(response.headers) ?? this.#retry.firstWait * 2 ** (attempt - 1);
      if (last || !isPassing(response.status) || wait > this.#retry.longestWait) {
        throw await explainRefusal(
          this.#environment,
          { repository: this.#repository, revision, attempts: attempt },
          response,
        );
      }
      await response.body?.cancel();
      await this.#wait(wait);
    }
  }

  async #wait(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, this.#signal ? { signal: this.#signal } : {}).catch(() => undefined);
    throwIfAborted(this.#signal);
  }
}
