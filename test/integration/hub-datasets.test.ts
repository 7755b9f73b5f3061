import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DownloadProgress } from '../../src/hub/file-puller.js';
import { openData, type OpenDataOptions } from '../../src/rows/open-data.js';
import { COMMIT, LoopbackHub, type HubRepository } from '../support/loopback-hub.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { runCli, type CliResult } from '../support/run-cli.js';
import { readJsonLines } from '../support/scored-rows.js';

const OTHER_COMMIT = 'decade'.padEnd(40, '1');
const CARD = `---
configs:
- config_name: poems
  data_files:
  - split: train
    path: poems/train-*.jsonl
  - split: test
    path: poems/test.jsonl
- config_name: sums
  data_files: sums.jsonl
---
# Tiny`;

const rowsOf = (topic: string, count: number): string =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({ instruction: `Tell me about ${topic} ${i}.`, output: `This is what ${topic} ${i} is about.` }),
  ).join('\n');

/** Large enough to be downloaded from the CDN, as LFS files are. */
const LARGE = rowsOf('poem', 60);
const FILES = {
  'README.md': CARD,
  'poems/train-00000-of-00002.jsonl': LARGE,
  'poems/train-00001-of-00002.jsonl': rowsOf('ode', 2),
  'poems/test.jsonl': rowsOf('test', 3),
  'sums.jsonl': rowsOf('sum', 4),
  'notes.txt': 'no data',
};

let cache: string;
let hub: LoopbackHub;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'evosift-datasets-'));
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

async function start(more: Partial<HubRepository> = {}): Promise<void> {
  hub = await LoopbackHub.start({ 'datasets/tiny/texts': { files: FILES, ...more } });
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
}

const quietLogger = () => ({ debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() });

const TEXTS = 'hf://datasets/tiny/texts';
const repository = (): string => join(cache, 'hub/datasets--tiny--texts');
const nameOf = (file: string, commit = COMMIT): string => `${TEXTS}@${commit}/${file}`;
const namesOf = async (source: string, options: OpenDataOptions = {}): Promise<readonly string[]> =>
  (await openData([source], options)).names;

describe('a dataset from the hub', () => {
  it('is read as its card lays it out, from the standard cache', async () => {
    await start();
    const { rows, names } = await openData([TEXTS], { config: 'poems' });
    expect(names).toEqual(
      ['poems/train-00000-of-00002.jsonl', 'poems/train-00001-of-00002.jsonl'].map((f) => nameOf(f)),
    );
    expect(await rows.count()).toBe(62);
    const snapshot = join(repository(), 'snapshots', COMMIT);
    expect(rows.files.map(({ path }) => path)).toEqual([
      join(snapshot, 'poems/train-00000-of-00002.jsonl'),
      join(snapshot, 'poems/train-00001-of-00002.jsonl'),
    ]);
    expect((await readdir(snapshot)).sort()).toEqual(['README.md', 'poems']);
    expect(await readdir(join(snapshot, 'poems'))).not.toContain('test.jsonl');
    expect(await readFile(join(repository(), 'refs/main'), 'utf8')).toBe(COMMIT);
  });

  it.each<[string, OpenDataOptions, string[]]>([
    [TEXTS, { config: 'poems', split: 'test' }, ['poems/test.jsonl']],
    [TEXTS, { config: 'sums' }, ['sums.jsonl']],
    ['tiny/texts', { hub: true, config: 'sums' }, ['sums.jsonl']],
    ['tiny/texts/sums.jsonl', { hub: true }, ['sums.jsonl']],
    [`${TEXTS}/sums.jsonl`, {}, ['sums.jsonl']],
    [`${TEXTS}/poems`, { split: 'test' }, ['poems/test.jsonl']],
    [`${TEXTS}@main/poems/*0001*`, {}, ['poems/train-00001-of-00002.jsonl']],
  ])('%s with %o', async (source, options, files) => {
    await start();
    expect(await namesOf(source, options)).toEqual(files.map((file) => nameOf(file)));
  });

  it('can be had at a tag, a commit and a special branch', async () => {
    await start({ refs: { 'v1.0': OTHER_COMMIT, 'refs/convert/parquet': OTHER_COMMIT } });
    for (const revision of ['v1.0', OTHER_COMMIT, 'refs%2Fconvert%2Fparquet', 'refs/convert/parquet']) {
      expect(await namesOf(`${TEXTS}@${revision}/sums.jsonl`)).toEqual([nameOf('sums.jsonl', OTHER_COMMIT)]);
    }
    expect(await readFile(join(repository(), 'refs/refs/convert/parquet'), 'utf8')).toBe(OTHER_COMMIT);
  });

  it('is not downloaded twice, and moves on when its branch does', async () => {
    await start();
    await namesOf(TEXTS, { config: 'sums' });
    const before = hub.requests.length;
    const [name] = await namesOf(TEXTS, { config: 'sums' });
    expect(hub.requests.slice(before).map(({ path }) => path)).toEqual(['/api/datasets/tiny/texts/revision/main']);
    expect(await namesOf(name!)).toEqual([name]);
    expect(hub.requests.length).toBe(before + 1);
    await hub.stop();

    await start({ commit: OTHER_COMMIT });
    expect(await namesOf(TEXTS, { config: 'sums' })).toEqual([nameOf('sums.jsonl', OTHER_COMMIT)]);
    expect(hub.downloads('/sums.jsonl')).toEqual([]);
  });

  it('goes on at the byte where the connection was cut, and tells how far it is', async () => {
    await start();
    hub.fail('/train-00000-of-00002.jsonl', { cutAfter: 1_000 });
    const seen: DownloadProgress[] = [];
    const { rows } = await openData([TEXTS], { config: 'poems', onDownload: (now) => seen.push(now) });
    expect(await readFile(rows.files[0]!.path, 'utf8')).toBe(LARGE);
    const ranges = hub.requests.filter(({ path }) => path.startsWith('/cdn/')).map(({ range }) => range);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
    expect(seen.at(-1)).toMatchObject({ file: 'poems/train-00001-of-00002.jsonl' });
    expect(seen.at(-1)!.bytes).toBe(seen.at(-1)!.total);
  });

  it('is opened with a token, which goes to the hub alone', async () => {
    await start({ token: 'hf_secret' });
    await expect(namesOf(TEXTS, { config: 'poems' })).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringMatching(/no dataset "tiny\/texts".*\(401\).*\/datasets\/tiny\/texts, or set HF_TOKEN/),
    });
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    await namesOf(TEXTS, { config: 'poems' });
    for (const { path, authorization } of hub.requests.filter(({ path: at }) => at.startsWith('/cdn/'))) {
      expect([path, authorization]).toEqual([path, undefined]);
    }
  });

  it.each<[string, string, Partial<HubRepository>, string, RegExp]>([
    [
      'is gated',
      TEXTS,
      { gated: true },
      'hub_error',
      /tiny\/texts is gated \(403\): accept its terms on .*\/datasets\/tiny\/texts/,
    ],
    ['is not there', 'hf://datasets/tiny/none', {}, 'bad_data', /no dataset "tiny\/none" that is open to you \(401\)/],
    ['has no such revision', `${TEXTS}@v9`, {}, 'bad_data', /no revision "v9": see .*\/datasets\/tiny\/texts\/refs/],
    [
      'is a script',
      TEXTS,
      { files: { 'texts.py': 'exec()' } },
      'bad_data',
      /built by a script \(texts\.py\), which is not run/,
    ],
    [
      'lists a file outside',
      TEXTS,
      { files: { '../../x.jsonl': '{}' } },
      'hub_error',
      /lists a file "\.\.\/\.\.\/x\.jsonl"/,
    ],
  ])('that %s is refused', async (_, source, more, code, message) => {
    await start(more);
    await expect(namesOf(source)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(hub.requests.filter(({ path }) => path.includes('/resolve/'))).toEqual([]);
  });

  it('has configs, which nothing on this machine has', async () => {
    await start();
    await writeFile(join(cache, 'rows.jsonl'), rowsOf('row', 1));
    await expect(namesOf(join(cache, 'rows.jsonl'), { config: 'x' })).rejects.toMatchObject({
      code: 'bad_argument',
      option: 'config',
    });
  });
});

describe('a dataset without the hub', () => {
  const offline = (): void => void vi.stubEnv('HF_HUB_OFFLINE', '1');

  it('is read from the cache without one request, and what is missing of it is named', async () => {
    await start();
    const online = await namesOf(TEXTS, { config: 'poems' });
    const before = hub.requests.length;
    offline();
    expect(await namesOf(TEXTS, { config: 'poems' })).toEqual(online);
    await expect(namesOf(TEXTS, { config: 'poems', split: 'test' })).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringMatching(
        /is not whole in .*: poems\/test\.jsonl is missing\.\nHF_HUB_OFFLINE is set: unset it/,
      ),
    });
    await expect(namesOf(`${TEXTS}@v2`)).rejects.toMatchObject({ message: expect.stringMatching(/@v2 is not in /) });
    expect(hub.requests.length).toBe(before);
  });

  it('is read from a snapshot that another program made, unless numbered files are missing', async () => {
    await start();
    for (const config of ['poems', 'sums']) await namesOf(TEXTS, { config });
    await writeFile(join(repository(), 'trees', `${COMMIT}.json`), '{"format_version": 2}');
    offline();
    const logger = quietLogger();
    expect(await namesOf(TEXTS, { config: 'sums', logger })).toEqual([nameOf('sums.jsonl')]);
    expect(logger.warn).toHaveBeenCalledWith({ data: TEXTS }, expect.stringContaining('as far as it is in the cache'));
    await rm(join(repository(), 'snapshots', COMMIT, 'README.md'));
    await rm(join(repository(), 'snapshots', COMMIT, 'poems/train-00001-of-00002.jsonl'));
    await expect(namesOf(TEXTS)).rejects.toMatchObject({
      message: expect.stringContaining('poems/train-00001-of-00002.jsonl is missing: of the 2 files there are 1'),
    });
  });

  it('is listed as huggingface_hub lists it', async () => {
    await start();
    await namesOf(TEXTS, { config: 'sums' });
    const tree = JSON.parse(await readFile(join(repository(), 'trees', `${COMMIT}.json`), 'utf8'));
    expect(tree.format_version).toBe(1);
    expect(tree.files['notes.txt']).toEqual({ size: 7, blob_id: expect.stringMatching(/^[0-9a-f]{40}$/) });
    expect(tree.files['poems/train-00000-of-00002.jsonl']).toEqual({
      size: LARGE.length,
      blob_id: expect.stringMatching(/^[0-9a-f]{40}$/),
      lfs_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      lfs_size: LARGE.length,
    });
  });

  it('is taken from the cache, with a warning, when the hub fails', async () => {
    await start();
    await namesOf(TEXTS, { config: 'sums' });
    hub.fail('/revision/main', { status: 503 });
    const logger = quietLogger();
    expect(await namesOf(TEXTS, { config: 'sums', logger })).toEqual([nameOf('sums.jsonl')]);
    expect(logger.warn).toHaveBeenCalledWith(
      { data: TEXTS },
      expect.stringMatching(/503.*taken from the cache, at c0ffee0000/),
    );
  });
});

describe('a run over a dataset', { timeout: 60_000 }, () => {
  const evosift = (...args: string[]): Promise<CliResult> => runCli(args, { cwd: cache });
  const pathsOf = async (run: string): Promise<string[]> =>
    JSON.parse(await readFile(join(cache, run, 'manifest.json'), 'utf8')).starts.at(-1).paths;

  it('goes on, and is ranked from the cache without a network', async () => {
    await start();
    const args = ['score', TEXTS, '--config', 'sums', '-m', 'pocket', '--quiet'];
    hub.fail('/sums.jsonl', { status: 503, headers: { 'retry-after': '2' } });
    expect(await evosift(...args.slice(0, -1), '--limit', '3')).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^data: sums\.jsonl, 0\.0 of 0\.0 MiB, /m),
    });
    const [run] = await readdir(join(cache, 'runs'));
    expect(run).toMatch(/^texts-pocket-paper-/);
    const before = hub.requests.length;
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await evosift(...args)).toMatchObject({ code: 0, stderr: '' });
    expect(await readdir(join(cache, 'runs'))).toEqual([run]);
    expect(await pathsOf(`runs/${run}`)).toEqual([nameOf('sums.jsonl')]);
    expect(await evosift('rank', `runs/${run}`, '-o', 'best.jsonl', '--quiet')).toMatchObject({ code: 0 });
    expect(hub.requests.length).toBe(before);
    expect(
      readJsonLines<{ instruction: string }>(join(cache, 'best.jsonl'))
        .map((row) => row.instruction)
        .sort(),
    ).toEqual([0, 1, 2, 3].map((i) => `Tell me about sum ${i}.`));

    await rm(join(repository(), 'snapshots'), { recursive: true });
    expect(await evosift('rank', `runs/${run}`, '--quiet')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${nameOf('sums.jsonl')} is not whole in`),
    });
    vi.stubEnv('HF_HUB_OFFLINE', '');
    expect(await evosift('rank', `runs/${run}`, '--quiet')).toMatchObject({ code: 0 });
  });

  it('says what to choose by its flag, before anything is loaded or made', async () => {
    await start();
    expect(await evosift('score', '--hub', 'tiny/texts', '-m', 'pocket', '-o', 'run')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'hf://datasets/tiny/texts has several configs; name one by --config: poems, sums\n',
    });
    expect(await evosift('score', '--hub', '-', '-m', 'pocket', '-o', 'run')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--hub says that'),
    });
    expect(await evosift('score', 'tiny/texts', '-m', 'pocket', '-o', 'run')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`name it ${TEXTS}`),
    });
    expect(existsSync(join(cache, 'run'))).toBe(false);
  });

  it('may be of answers, which name where the questions are from', async () => {
    await start();
    await using llm = await LoopbackLlm.start();
    const asked = await evosift(
      'respond',
      '--hub',
      'tiny/texts',
      '--config',
      'sums',
      '--llm',
      llm.spec,
      '-o',
      'run',
      '--quiet',
    );
    expect(asked).toMatchObject({ code: 0 });
    expect(await pathsOf('run')).toEqual([nameOf('sums.jsonl')]);
    const args = [`${TEXTS}/sums.jsonl`, '--llm', llm.spec, '-o', 'run', '--quiet'];
    expect(await evosift('respond', ...args)).toMatchObject({ code: 0 });
    expect((await llm.stats()).received).toBe(4);
  });
});
