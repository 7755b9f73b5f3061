import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdtemp, readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { resolveModel } from '../../src/models/resolve-model.js';
import type { DownloadProgress } from '../../src/hub/file-puller.js';
import { COMMIT, LoopbackHub, type HubRepository } from '../support/loopback-hub.js';

const POCKET = join(import.meta.dirname, '../../models/pocket');
const ONNX = join(import.meta.dirname, '../fixtures/onnx/folder');
const OTHER_COMMIT = 'decade'.padEnd(40, '1');

/** sha256sum and git hash-object of the files in models/pocket. */
let weights: Buffer;
const pocket: Record<string, Buffer> = {};
const onnx: Record<string, Buffer> = {};
beforeAll(async () => {
  for (const name of await readdir(POCKET)) pocket[name] = await readFile(join(POCKET, name));
  weights = pocket['model.safetensors']!;
  for (const name of ['config.json', 'onnx/model.onnx', 'onnx/weights.bin']) {
    onnx[name] = await readFile(join(ONNX, name));
  }
});

let cache: string;
let hub: LoopbackHub;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'evosift-hub-'));
  vi.stubEnv('HF_HUB_CACHE', join(cache, 'hub'));
  vi.stubEnv('HF_HOME', cache);
  vi.stubEnv('XDG_CACHE_HOME', cache);
  for (const name of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE']) {
    vi.stubEnv(name, '');
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
  await rm(cache, { recursive: true });
});

async function start(repositories: Record<string, HubRepository>): Promise<void> {
  hub = await LoopbackHub.start(repositories);
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
}
const startPocket = (more: Partial<HubRepository> = {}): Promise<void> =>
  start({ 'tiny/pocket': { files: pocket, ...more } });

const repositoryOf = (id: string): string => join(cache, 'hub', `models--${id.replace('/', '--')}`);
const leftovers = async (id: string): Promise<string[]> =>
  (await readdir(join(repositoryOf(id), 'blobs'))).filter((name) => name.endsWith('.incomplete'));

describe('a model from the hub', () => {
  it('lies in the standard cache: blobs by content, snapshots by commit, refs by name', async () => {
    const unwanted = ['pytorch_model.bin', 'tf_model.h5', 'model.gguf', 'onnx/model.onnx', 'training_args.bin'];
    await startPocket({
      files: { ...pocket, ...Object.fromEntries(unwanted.map((name) => [name, Buffer.alloc(5_000)])) },
    });
    const model = await resolveModel('tiny/pocket');

    expect(model).toMatchObject({ id: 'tiny/pocket', kind: 'hub', commit: COMMIT, format: 'safetensors' });
    expect(model).toMatchObject({ trialOnly: null, notice: null });
    expect(model.directory).toBe(join(repositoryOf('tiny/pocket'), 'snapshots', COMMIT));
    const wanted = [
      'chat_template.jinja',
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ];
    expect((await readdir(model.directory)).sort()).toEqual(wanted);
    expect(model.files.map(({ name }) => name).sort()).toEqual(wanted);
    for (const name of wanted) expect((await readFile(join(model.directory, name))).equals(pocket[name]!)).toBe(true);
    expect(await readFile(join(repositoryOf('tiny/pocket'), 'refs/main'), 'utf8')).toBe(COMMIT);

    // The names huggingface_hub gives blobs: sha256sum of a large file, git hash-object of a small one.
    expect(await readlink(join(model.directory, 'model.safetensors'))).toBe(
      `../../blobs/${(await run('sha256sum', [join(POCKET, 'model.safetensors')])).split(' ')[0]}`,
    );
    expect(await readlink(join(model.directory, 'config.json'))).toBe(
      `../../blobs/${(await run('git', ['hash-object', '--no-filters', join(POCKET, 'config.json')])).trim()}`,
    );
    expect((await lstat(join(model.directory, 'config.json'))).isSymbolicLink()).toBe(true);
  });

  it('is not downloaded twice, and moves on when its branch does', async () => {
    await startPocket();
    await resolveModel('tiny/pocket');
    const before = hub.requests.length;
    await resolveModel('tiny/pocket');
    expect(hub.requests.slice(before).map(({ path }) => path)).toEqual(['/api/models/tiny/pocket/revision/main']);
    await hub.stop();

    await startPocket({ commit: OTHER_COMMIT, files: { ...pocket, 'tokenizer_config.json': '{"changed": true}' } });
    const model = await resolveModel('tiny/pocket');
    expect(model.commit).toBe(OTHER_COMMIT);
    expect(hub.downloads('/model.safetensors')).toEqual([]);
    expect(await readFile(join(model.directory, 'tokenizer_config.json'), 'utf8')).toBe('{"changed": true}');
  });

  it('can be had at a tag, and at a commit without asking again', async () => {
    await startPocket({ refs: { 'refs/pr/1': OTHER_COMMIT, 'v1.0': OTHER_COMMIT } });
    expect((await resolveModel('tiny/pocket', { revision: 'v1.0' })).commit).toBe(OTHER_COMMIT);
    expect((await resolveModel('tiny/pocket', { revision: 'refs/pr/1' })).commit).toBe(OTHER_COMMIT);
    expect(await readFile(join(repositoryOf('tiny/pocket'), 'refs/refs/pr/1'), 'utf8')).toBe(OTHER_COMMIT);
    const before = hub.requests.length;
    expect((await resolveModel('tiny/pocket', { revision: OTHER_COMMIT })).commit).toBe(OTHER_COMMIT);
    expect(hub.requests.length).toBe(before);
  });

  it('in shards brings those that its index names', async () => {
    const half = weights.length >> 1;
    const index = { weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' } };
    const { 'model.safetensors': _, ...rest } = pocket;
    await startPocket({
      files: {
        ...rest,
        'model.safetensors.index.json': JSON.stringify(index),
        'model-00001-of-00002.safetensors': weights.subarray(0, half),
        'model-00002-of-00002.safetensors': weights.subarray(half),
        'model-00003-of-00003.safetensors': Buffer.alloc(9_000),
      },
    });
    const { directory, files } = await resolveModel('tiny/pocket');
    expect(files.map(({ name }) => name).filter((name) => name.startsWith('model'))).toEqual([
      'model.safetensors.index.json',
      ...new Set(Object.values(index.weight_map)),
    ]);
    const [first, second] = await Promise.all(
      Object.values(index.weight_map).map((name) => readFile(join(directory, name))),
    );
    expect(Buffer.concat([first!, second!]).equals(weights)).toBe(true);
  });

  it('for the onnx engine is the graph with its external data', async () => {
    await start({ 'tiny/both': { files: { ...pocket, ...onnx, 'onnx/model_q4.onnx': Buffer.alloc(9_000) } } });
    const model = await resolveModel('tiny/both', { engine: 'onnx' });
    expect(model.format).toBe('onnx');
    expect(model.files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['config.json', 'onnx/model.onnx', 'onnx/weights.bin', 'tokenizer.json']),
    );
    expect(hub.downloads('/model.safetensors')).toEqual([]);
    expect(hub.downloads('/model_q4.onnx')).toEqual([]);
    expect(await readFile(join(model.directory, 'onnx/weights.bin'))).toEqual(onnx['onnx/weights.bin']);
  });

  it('reports every byte', async () => {
    await startPocket();
    const seen: DownloadProgress[] = [];
    await resolveModel('tiny/pocket', { onProgress: (progress) => seen.push(progress) });
    const { 'README.md': _, ...needed } = pocket;
    const total = Object.values(needed).reduce((sum, bytes) => sum + bytes.length, 0);
    expect(seen.at(-1)).toEqual({
      file: 'model.safetensors',
      fileBytes: weights.length,
      fileTotal: weights.length,
      bytes: total,
      total,
    });
    const told = seen.map(({ bytes }) => bytes);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(new Set(seen.map(({ file }) => file))).toEqual(new Set(Object.keys(needed)));
  });

  it('writes nothing on standard output', async () => {
    await startPocket();
    const writes = vi.spyOn(process.stdout, 'write');
    const logs = (['log', 'debug', 'info'] as const).map((method) => vi.spyOn(console, method));
    await resolveModel('tiny/pocket');
    for (const spy of [writes, ...logs]) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it('sends the token to the hub and to nobody else', async () => {
    await startPocket({ token: 'hf_secret' });
    await expect(resolveModel('tiny/pocket')).rejects.toMatchObject({ code: 'model_not_found' });
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    await resolveModel('tiny/pocket');
    const elsewhere = hub.requests.filter(({ path }) => path.startsWith('/cdn/'));
    expect(elsewhere.length).toBeGreaterThan(0);
    for (const { authorization } of elsewhere) expect(authorization).toBeUndefined();
  });

  it('is opened with the token that a login left in HF_HOME', async () => {
    await startPocket({ token: 'hf_login' });
    await writeFile(join(cache, 'token'), 'hf_login\n');
    expect((await resolveModel('tiny/pocket')).commit).toBe(COMMIT);
  });
});

describe('a download that breaks', () => {
  const CUT = 3_000_000;

  it('goes on at the byte where the connection was cut', async () => {
    await startPocket();
    hub.fail('/model.safetensors', { cutAfter: CUT });
    const { directory } = await resolveModel('tiny/pocket');
    expect((await readFile(join(directory, 'model.safetensors'))).equals(weights)).toBe(true);
    const ranges = hub.requests
      .filter(({ path }) => path.startsWith('/cdn/') && path.endsWith('/model.safetensors'))
      .map(({ range }) => range);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
    // Bytes that were on their way when the connection broke may be lost.
    expect(Number(/\d+/.exec(ranges[1]!)?.[0])).toBeLessThanOrEqual(CUT);
    expect(await leftovers('tiny/pocket')).toEqual([]);
  });

  it('is resumed by the next call', async () => {
    await startPocket();
    hub.fail('/model.safetensors', { stallAfter: CUT });
    const controller = new AbortController();
    const first = resolveModel('tiny/pocket', {
      signal: controller.signal,
      onProgress: ({ file, fileBytes }) => {
        if (file === 'model.safetensors' && fileBytes === CUT) controller.abort();
      },
    });
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
    expect(await leftovers('tiny/pocket')).toHaveLength(1);

    const before = hub.requests.length;
    const { directory } = await resolveModel('tiny/pocket');
    expect((await readFile(join(directory, 'model.safetensors'))).equals(weights)).toBe(true);
    const later = hub.requests.slice(before).filter(({ path }) => path.includes('/resolve/'));
    expect(later.map(({ range }) => range)).toEqual([`bytes=${CUT}-`, `bytes=${CUT}-`]); // the hub, then its CDN
    expect(await leftovers('tiny/pocket')).toEqual([]);
  });

  it('starts over where the server does not honour ranges', async () => {
    await startPocket();
    hub.fail('/model.safetensors', { cutAfter: CUT }, { ignoreRange: true });
    const { directory } = await resolveModel('tiny/pocket');
    expect((await readFile(join(directory, 'model.safetensors'))).equals(weights)).toBe(true);
  });

  it('gives up after connections that brought nothing, and keeps what it has', async () => {
    await startPocket();
    hub.fail('/model.safetensors', { cutAfter: CUT }, ...Array.from({ length: 4 }, () => ({ cutAfter: 0 })));
    await expect(resolveModel('tiny/pocket')).rejects.toMatchObject({
      code: 'hub_error',
      message: expect.stringMatching(new RegExp(`byte \\d+ of ${weights.length} of model.safetensors.*\n.*run again`)),
    });
    expect(await leftovers('tiny/pocket')).toHaveLength(1);
  });

  it.each(['config.json', 'model.safetensors'])('with a wrong hash (%s) is deleted and said', async (file) => {
    await startPocket();
    hub.fail(`/${file}`, { corrupt: true });
    await expect(resolveModel('tiny/pocket')).rejects.toMatchObject({
      code: 'hub_error',
      message: expect.stringMatching(`${file} arrived with the wrong (sha-256|git hash).*deleted`),
    });
    expect(await leftovers('tiny/pocket')).toEqual([]);
    const { directory } = await resolveModel('tiny/pocket');
    expect((await readFile(join(directory, file))).equals(pocket[file]!)).toBe(true);
  });

  it('starts over once where what an earlier try left was wrong', async () => {
    await startPocket();
    const { commit } = await resolveModel('tiny/pocket');
    const link = join(repositoryOf('tiny/pocket'), 'snapshots', commit!, 'model.safetensors');
    const blob = join(repositoryOf('tiny/pocket'), 'blobs', (await readlink(link)).split('/').at(-1)!);
    await rm(blob);
    await writeFile(`${blob}.evosift.incomplete`, Buffer.alloc(CUT));
    await resolveModel('tiny/pocket');
    expect((await readFile(blob)).equals(weights)).toBe(true);
  });
});

describe('several downloads of one model at a time', () => {
  it('in one process fetch each file once', async () => {
    await startPocket();
    const models = await Promise.all(Array.from({ length: 4 }, () => resolveModel('tiny/pocket')));
    for (const { directory } of models) {
      expect((await readFile(join(directory, 'model.safetensors'))).equals(weights)).toBe(true);
    }
    for (const name of ['model.safetensors', 'tokenizer.json', 'config.json']) {
      expect(hub.downloads(`/${name}`)).toHaveLength(1);
    }
    expect(await readdir(join(cache, 'hub/.locks/models--tiny--pocket'))).toEqual([]);
  });

  it('in two processes leave one whole model, though the first is killed on its way', async () => {
    await startPocket();
    hub.fail('/model.safetensors', { stallAfter: 2_000_000 });
    const first = resolveInProcess('tiny/pocket');
    await vi.waitFor(async () => expect((await leftovers('tiny/pocket')).length).toBe(1), 20_000);
    const second = resolveInProcess('tiny/pocket');
    await vi.waitFor(() => expect(hub.downloads('/revision/main')).toHaveLength(2), 20_000);
    first.kill('SIGKILL');
    const [code] = await once(second, 'exit');
    expect(code).toBe(0);
    const file = join(repositoryOf('tiny/pocket'), 'snapshots', COMMIT, 'model.safetensors');
    expect((await readFile(file)).equals(weights)).toBe(true);
    expect(await leftovers('tiny/pocket')).toEqual([]);
  });
});

describe('what the hub refuses', () => {
  const refusal = async (id: string, code: string, message: RegExp, revision?: string): Promise<void> => {
    await expect(resolveModel(id, { revision })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  };

  it('says of an unknown model to check the name, and to log in', async () => {
    await startPocket();
    await refusal('tiny/poket', 'model_not_found', /"tiny\/poket".*\(401\): check the spelling.*set HF_TOKEN/);
    vi.stubEnv('HF_TOKEN', 'hf_any');
    await refusal('tiny/poket', 'model_not_found', /\(404\).*account of HF_TOKEN/);
  });

  it('says of an unknown revision where the known ones are', async () => {
    await startPocket();
    await refusal('tiny/pocket', 'model_not_found', /no revision "v9": see .*\/tiny\/pocket\/refs/, 'v9');
    await refusal('tiny/pocket', 'bad_argument', /no branch, tag or commit/, '../../main');
  });

  it('says of a gated model whose terms to accept', async () => {
    await startPocket({ gated: true });
    await refusal('tiny/pocket', 'hub_error', /gated \(403\): accept its terms on .*\/tiny\/pocket, then set HF_TOKEN/);
  });

  it('says of a bad token to renew it', async () => {
    await startPocket();
    vi.stubEnv('HF_TOKEN', 'hf_old');
    hub.fail('/revision/main', { status: 401, headers: { 'x-error-message': 'Invalid credentials' } });
    await refusal('tiny/pocket', 'hub_error', /refused the token \(401: Invalid credentials\): renew HF_TOKEN/);
  });

  it('asks again when told to wait a little, not when told to wait long', async () => {
    await startPocket();
    hub.fail('/revision/main', { status: 429, headers: { 'retry-after': '0' } }, { status: 503 });
    hub.fail('/model.safetensors', { status: 502 });
    expect((await resolveModel('tiny/pocket')).commit).toBe(COMMIT);
    hub.fail('/revision/v1', { status: 429, headers: { 'retry-after': '3600' } });
    await refusal('tiny/pocket', 'hub_error', /\(429 after one try\): try again after 3600 s/, 'v1');
  });

  it('is not pickles: those are refused here', async () => {
    const { 'model.safetensors': _, ...rest } = pocket;
    await startPocket({ files: { ...rest, 'pytorch_model.bin': Buffer.alloc(9_000) } });
    await refusal('tiny/pocket', 'pickle_refused', /pytorch_model\.bin.*runs whatever code/);
    expect(hub.requests.filter(({ path }) => path.includes('/resolve/'))).toEqual([]);
  });

  it('is no shard outside the repository', async () => {
    const { 'model.safetensors': _, ...rest } = pocket;
    const index = { weight_map: { a: '../../../escape.safetensors' } };
    await startPocket({ files: { ...rest, 'model.safetensors.index.json': JSON.stringify(index) } });
    await refusal('tiny/pocket', 'bad_weights', /tensor a/);
  });
});

describe('without the hub', () => {
  it('a cached model is found offline, without one request', async () => {
    await startPocket();
    const online = await resolveModel('tiny/pocket');
    const before = hub.requests.length;
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await resolveModel('tiny/pocket')).toEqual(online);
    await expect(resolveModel('tiny/pocket', { revision: 'v2' })).rejects.toMatchObject({
      code: 'model_not_found',
      message: expect.stringMatching(
        /tiny\/pocket at v2 .*HF_HUB_OFFLINE is set.*models pull tiny\/pocket --revision v2/,
      ),
    });
    expect(hub.requests.length).toBe(before);
  });

  it('half a model is none offline', async () => {
    await startPocket();
    await resolveModel('tiny/pocket');
    await rm(join(repositoryOf('tiny/pocket'), 'snapshots', COMMIT, 'model.safetensors'));
    vi.stubEnv('HF_HUB_OFFLINE', 'yes');
    await expect(resolveModel('tiny/pocket')).rejects.toMatchObject({ code: 'model_not_found' });
  });

  it('a cached model does, with a notice, when the hub fails or cannot be reached', async () => {
    await startPocket();
    await resolveModel('tiny/pocket');
    hub.fail('/revision/main', { status: 503 });
    expect((await resolveModel('tiny/pocket')).notice).toMatch(/503.*taken from the cache, at c0ffee0000/);

    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${port}/`);
    expect((await resolveModel('tiny/pocket')).notice).toMatch(/ECONNREFUSED.*taken from the cache/);
    await expect(resolveModel('tiny/other')).rejects.toMatchObject({
      code: 'hub_error',
      message: expect.stringMatching(/Cannot reach http:.*ECONNREFUSED.*HF_ENDPOINT/),
    });
  });

  it('weights that another program cached get their tokenizer', async () => {
    await startPocket();
    const { directory } = await resolveModel('tiny/pocket');
    await rm(join(directory, 'tokenizer.json'));
    expect((await resolveModel('tiny/pocket', { revision: COMMIT })).files.map(({ name }) => name)).toContain(
      'tokenizer.json',
    );
  });

  it('verify fetches again what was altered in the cache', async () => {
    await startPocket();
    const { directory } = await resolveModel('tiny/pocket');
    const path = join(directory, 'model.safetensors');
    const altered = Buffer.from(weights);
    altered.writeUInt8(altered.readUInt8(5_000_000) ^ 1, 5_000_000);
    await writeFile(path, altered);
    await resolveModel('tiny/pocket');
    expect((await readFile(path)).equals(weights)).toBe(false);
    const before = hub.requests.length;
    await resolveModel('tiny/pocket', { verify: true });
    expect((await readFile(path)).equals(weights)).toBe(true);
    const again = hub.requests.slice(before).filter(({ path: at }) => at.includes('/resolve/'));
    expect(new Set(again.map(({ path: at }) => basename(at)))).toEqual(new Set(['model.safetensors']));
  });

  it('a cache that cannot be written to is said to be so', async () => {
    await startPocket();
    await writeFile(join(cache, 'file'), '');
    vi.stubEnv('HF_HUB_CACHE', join(cache, 'file'));
    await expect(resolveModel('tiny/pocket')).rejects.toMatchObject({
      code: 'hub_error',
      message: expect.stringMatching(/Cannot write to the Hugging Face cache \(ENOTDIR.*set HF_HUB_CACHE/),
    });
  });

  it('refuses an endpoint that is no URL', async () => {
    await startPocket();
    vi.stubEnv('HF_ENDPOINT', 'huggingface.co');
    await expect(resolveModel('tiny/pocket')).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringContaining('HF_ENDPOINT'),
    });
  });
});

async function run(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  return output;
}

/** Another Node process that resolves a model with the built package. */
function resolveInProcess(id: string): ChildProcess {
  const module = pathToFileURL(join(import.meta.dirname, '../../dist/models/resolve-model.js')).href;
  const script = `const { resolveModel } = await import(${JSON.stringify(module)}); await resolveModel(${JSON.stringify(id)});`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'inherit', 'inherit'] });
}
