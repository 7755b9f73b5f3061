import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request; each is used up by the request that it meets. */
export type Fault =
  | { readonly cutAfter: number }
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | { readonly corrupt: true }
  | { readonly ignoreRange: true }
  /** Sends that many bytes, then nothing until the client goes away. */
  | { readonly stallAfter: number };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface HubRepository {
  readonly files: Readonly<Record<string, Buffer | string>>;
  readonly commit?: string;
  readonly refs?: Readonly<Record<string, string>>;
  /** Asked for by 401 RepoNotFound without it. */
  readonly token?: string;
  readonly gated?: boolean;
}

export const COMMIT = 'c0ffee'.padEnd(40, '0');

/** Files of at least this many bytes are LFS files, known by sha-256; smaller ones by git's blob hash. */
const LFS_FROM = 2_000;
const PAGE = 3;

/**
 * A Hugging Face hub on 127.0.0.1: the model (a dataset: by the id `datasets/OWNER/NAME`), tree and resolve paths, with pages, ranges and redirects to a second
 * origin for large files, as the real one has; and with faults on demand.
 */
export class LoopbackHub {
  readonly requests: SeenRequest[] = [];
  readonly #repositories: Readonly<Record<string, HubRepository>>;
  readonly #faults = new Map<string, Fault[]>();
  readonly #servers: Server[] = [];
  endpoint = '';
  #cdn = '';

  private constructor(repositories: Readonly<Record<string, HubRepository>>) {
    this.#repositories = repositories;
  }

  static async start(repositories: Readonly<Record<string, HubRepository>>): Promise<LoopbackHub> {
    const hub = new LoopbackHub(repositories);
    hub.endpoint = await hub.#listen((request, response) => hub.#answer(request, response));
    hub.#cdn = await hub.#listen((request, response) => hub.#answerCdn(request, response));
    return hub;
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    }
  }

  /** Lets the next requests whose path ends with `path` fail, one fault each. */
  fail(path: string, ...faults: readonly Fault[]): void {
    this.#faults.set(path, [...(this.#faults.get(path) ?? []), ...faults]);
  }

  /** The requests to the hub itself, not its CDN, whose path ends with `file`. */
  downloads(file: string): SeenRequest[] {
    return this.requests.filter(({ path }) => !path.startsWith('/cdn/') && path.endsWith(file));
  }

  async #listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
    const server = createServer(handler);
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  #see(request: IncomingMessage): URL {
    const url = new URL(request.url ?? '/', 'http://hub');
    this.requests.push({
      method: request.method ?? '',
      path: url.pathname,
      range: request.headers.range,
      authorization: request.headers.authorization,
    });
    return url;
  }

  #takeFault(path: string): Fault | undefined {
    for (const [suffix, faults] of this.#faults) if (path.endsWith(suffix)) return faults.shift();
    return undefined;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = this.#see(request);
    const path = url.pathname;
    const api = path.startsWith('/api/');
    const fault = api || !this.#isLarge(path) ? this.#takeFault(path) : undefined;
    if (fault !== undefined && 'status' in fault) return refuse(response, fault.status, fault.headers, fault.body);

    const match = /^(?:\/api\/models|\/api(?=\/datasets\/))?\/(.+?)\/(revision|tree|resolve)\/([^/]+)(?:\/(.*))?$/.exec(
      path,
    );
    const [, id = '', verb = '', rawRevision = '', rest = ''] = match ?? [];
    const repository = this.#repositories[id];
    const authorized =
      repository?.token === undefined || request.headers.authorization === `Bearer ${repository.token}`;
    if (repository === undefined || !authorized) {
      return refuse(response, request.headers.authorization ? 404 : 401, {
        'x-error-code': 'RepoNotFound',
        'x-error-message': 'Repository not found',
      });
    }
    const revision = decodeURIComponent(rawRevision);
    const commit = { main: repository.commit ?? COMMIT, ...repository.refs }[revision] ?? revision;
    if (!/^[0-9a-f]{40}$/.test(commit)) return refuse(response, 404, { 'x-error-code': 'RevisionNotFound' });
    if (verb === 'revision') return sendJson(response, { _id: '1', id, sha: commit, gated: repository.gated ?? false });
    if (repository.gated) return refuse(response, 403, { 'x-error-code': 'GatedRepo' });
    if (verb === 'tree') return this.#sendTree(response, url, repository, rest);

    const file = decodeURIComponent(rest);
    const content = repository.files[file];
    if (content === undefined) return refuse(response, 404, { 'x-error-code': 'EntryNotFound' });
    const bytes = Buffer.from(content);
    if (bytes.length < LFS_FROM) return sendBytes(request, response, bytes, fault);
    response.writeHead(302, { location: `${this.#cdn}/cdn/${id}/resolve/x/${rest}` }).end();
  }

  #isLarge(path: string): boolean {
    return Object.values(this.#repositories).some(({ files }) =>
      Object.entries(files).some(([name, content]) => path.endsWith(`/${name}`) && content.length >= LFS_FROM),
    );
  }

  #answerCdn(request: IncomingMessage, response: ServerResponse): void {
    const path = this.#see(request).pathname;
    const [, id = '', file = ''] = /^\/cdn\/(.+?)\/resolve\/x\/(.*)$/.exec(path) ?? [];
    const fault = this.#takeFault(path);
    if (fault !== undefined && 'status' in fault) return refuse(response, fault.status, fault.headers, fault.body);
    const content = this.#repositories[id]?.files[decodeURIComponent(file)] ?? '';
    sendBytes(request, response, Buffer.from(content), fault);
  }

  #sendTree(response: ServerResponse, url: URL, repository: HubRepository, folder: string): void {
    const prefix = folder === '' ? '' : `${folder}/`;
    const folders = new Set<string>();
    const entries: object[] = [];
    for (const [name, content] of Object.entries(repository.files)) {
      if (!name.startsWith(prefix)) continue;
      const [first = '', ...deeper] = name.slice(prefix.length).split('/');
      if (deeper.length === 0 || url.searchParams.get('recursive') === 'true')
        entries.push(treeEntry(name, Buffer.from(content)));
      else folders.add(prefix + first);
    }
    entries.push(...[...folders].map((path) => ({ type: 'directory', path, size: 0, oid: '0'.repeat(40) })));
    const from = Number(url.searchParams.get('cursor') ?? 0);
    if (from + PAGE < entries.length) {
      const next = new URL(url.pathname + url.search, this.endpoint);
      next.searchParams.set('cursor', String(from + PAGE));
      response.setHeader('link', `<${next.href}>; rel="next"`);
    }
    sendJson(response, entries.slice(from, from + PAGE));
  }
}

function treeEntry(path: string, bytes: Buffer): object {
  const entry = { type: 'file', path, size: bytes.length };
  if (bytes.length < LFS_FROM) return { ...entry, oid: gitHash(bytes) };
  const oid = createHash('sha256').update(bytes).digest('hex');
  const pointer = Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${bytes.length}\n`);
  return { ...entry, oid: gitHash(pointer), lfs: { oid, size: bytes.length, pointerSize: pointer.length } };
}

const gitHash = (bytes: Buffer): string =>
  createHash('sha1')
    .update(Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]))
    .digest('hex');

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}, body = ''): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body);
}

function sendBytes(request: IncomingMessage, response: ServerResponse, whole: Buffer, fault: Fault | undefined): void {
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const from = range !== null && !(fault && 'ignoreRange' in fault) ? Number(range[1]) : 0;
  let bytes = whole.subarray(from);
  const headers: Record<string, string | number> = { 'content-length': bytes.length };
  if (range !== null && from > 0) headers['content-range'] = `bytes ${from}-${whole.length - 1}/${whole.length}`;
  if (fault && 'corrupt' in fault) {
    bytes = Buffer.from(bytes);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 0xff, bytes.length >> 1);
  }
  response.writeHead(from > 0 ? 206 : 200, headers);
  response.flushHeaders();
  if (fault && 'cutAfter' in fault) {
    response.write(bytes.subarray(0, fault.cutAfter));
    setTimeout(() => response.destroy(), 200);
  } else if (fault && 'stallAfter' in fault) response.write(bytes.subarray(0, fault.stallAfter));
  else response.end(bytes);
}
