import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { appendFile, copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { embedRows, loadEncoder, readEmbeddings, type Encoder, type RowToEmbed } from '../../src/embed/index.js';
import { embedCached } from '../../src/embed/embeddings/embed-cached.js';
import { openDatabase, queryRows } from '../../src/database/database.js';
import type { ParsedRow } from '../../src/rows/index.js';
import { fixture } from '../support/fixtures.js';
import { embedLines, farthest, type ExpectedText } from '../support/sentence-encoders.js';

let encoder: Encoder;
let folder: string;
let path: string;
beforeAll(async () => {
  encoder = await loadEncoder({ encoder: fixture('embed/mean') });
});
afterAll(() => encoder[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evosift-embed-rows-'));
  path = join(folder, 'embeddings.parquet');
  return () => rm(folder, { recursive: true });
});

const parsed = (instruction: string, more: { id?: string | number; hash?: string } = {}): ParsedRow => ({
  ok: true,
  id: more.id ?? null,
  hash: more.hash ?? `hash of ${instruction}`,
  example: { kind: 'exchange', instruction, input: '', response: '', system: '', history: [] },
});
const rowsOf = (texts: readonly string[]): RowToEmbed[] => texts.map((text, index) => ({ index, row: parsed(text) }));
/** Words that the encoder knows, by digit. */
const WORDS = ['answer', 'in', 'one', 'use', 'no', 'words', 'write', 'letters', 'only', 'end'];
const sentences = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => Array.from(String(i), (digit) => WORDS[Number(digit)]).join(' '));
const numbered = (count: number): RowToEmbed[] => rowsOf(sentences(count));
const embed = (rows: Iterable<RowToEmbed>, more: object = {}): ReturnType<typeof embedRows> =>
  embedRows(rows, { encoder, path, ...more });
/** What DuckDB finds in the file. */
const query = async (sql: string): Promise<unknown[][]> => {
  await using database = await openDatabase(folder, 'a test');
  const rows: unknown[][] = [];
  for await (const row of queryRows(database.connection, sql)) rows.push(row);
  return rows;
};
const write = (sql: string): Promise<unknown[][]> => query(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);

describe('rows become a file of embeddings', () => {
  it('with the vectors that sentence-transformers gives their texts', async () => {
    const lines = embedLines<ExpectedText>('mean', 'expected.jsonl');
    const found = await embed(rowsOf(lines.map(({ text }) => text)), { text: 'plain' });
    const blank = lines.filter(({ text }) => text.trim() === '');
    const texts = lines.filter(({ text }) => text.trim() !== '');
    expect(blank).toHaveLength(2);
    expect(found.missing).toEqual({ empty_instruction: 2 });
    expect(found).toMatchObject({ text: 'plain', about: encoder.about, vectors: { dimension: 16 } });
    expect(found.hashes).toEqual(texts.map(({ text }) => `hash of ${text}`));
    expect(
      farthest(
        found.vectors.values,
        texts.flatMap(({ embedding }) => embedding),
      ),
    ).toBeLessThan(1e-5);
    expect(await encoder.embed(texts.map(({ text }) => text))).toEqual(found.vectors.values);
  });

  it('a row each, in order, those without an instruction named', async () => {
    const rows: RowToEmbed[] = [
      { index: 3, row: parsed('first', { id: 7 }) },
      { index: 4, row: { ok: false, id: 'lone \ud800', reason: 'malformed_row', detail: '' } },
      { index: 9, row: parsed(' \n', { hash: 'blank' }) },
      { index: 10, row: parsed('last', { id: 'é', hash: 'h' }) },
    ];
    const found = await embed(rows);
    expect(await query(`SELECT index, id, hash, len(embedding), reason FROM '${path}'`)).toEqual([
      [3, '7', 'hash of first', 16n, null],
      [4, 'lone \ufffd', null, null, 'malformed_row'],
      [9, null, 'blank', null, 'empty_instruction'],
      [10, 'é', 'h', 16n, null],
    ]);
    expect(await query(`SELECT DISTINCT typeof(embedding) FROM '${path}'`)).toEqual([['FLOAT[]']]);
    expect([...found.indexes]).toEqual([3, 10]);
    expect(found.ids).toEqual(['7', 'é']);
    expect(found.missing).toEqual({ empty_instruction: 1, malformed_row: 1 });
    expect(await readdir(folder)).toEqual(['embeddings.parquet']);
  });

  it('those that are longer than the encoder takes are told', async () => {
    // The encoder takes 32 tokens, two of them its own; a word is at least one.
    const long = Array.from({ length: 31 }, () => 'words').join(' ');
    const found = await embed(rowsOf(['in no words', long, '', long.slice(0, 11)]));
    expect(found.truncated).toEqual([false, true, false]);
    expect(await query(`SELECT truncated FROM '${path}'`)).toEqual([[false], [true], [false], [false]]);
    await using hidden = await loadEncoder({ model: 'pocket' });
    const beyond = 'word '.repeat(hidden.about.maxTokens + 1);
    const cut: number[] = [];
    await hidden.embed(['short', beyond, 'short'], { onTruncated: (text) => cut.push(text) });
    expect(cut).toEqual([1]);
  });

  it('given again, they are embedded no more', async () => {
    const first = await embed(numbered(10));
    const idle: Encoder = { ...encoder, about: encoder.about, dimension: 16, embed: () => Promise.reject(new Error()) };
    expect(await embedRows(numbered(10), { encoder: idle, path })).toEqual(first);
  });

  it.each([
    ['another text', { text: 'plain' }, 10, 'holds other embeddings: text is "published" there and "plain" here.'],
    ['fewer rows', {}, 9, 'holds the embeddings of other data: it has more rows than the data, which end after 9.'],
    ['more rows', {}, 11, 'holds the embeddings of other data: it has no row 10, which the data have.'],
  ] as const)('%s in the same file are refused', async (_, more, count, why) => {
    await embed(numbered(10));
    const before = readFileSync(path);
    await expect(embed(numbered(count), more)).rejects.toMatchObject({
      code: 'run_mismatch',
      message: `${path} ${why}\nName another \`path\`, or start over with \`force\`.`,
    });
    expect(readFileSync(path)).toEqual(before);
    expect((await embed(numbered(count), { ...more, force: true })).hashes).toHaveLength(count);
  });

  it('other rows, and a file of somebody else', async () => {
    await embed(numbered(10));
    await expect(embed(rowsOf([...sentences(1), 'other']))).rejects.toMatchObject({
      message: expect.stringContaining('it has another row 1 than the data'),
    });
    await rm(path);
    await write("SELECT 'h' AS hash, [1.5] AS embedding");
    await expect(embed(numbered(10))).rejects.toMatchObject({
      code: 'run_mismatch',
      message: expect.stringContaining('it is not of evosift'),
    });
  });

  it.each([
    [{ path: '' }, '`path` must be a non-empty string'],
    [{ text: 'long' }, '`text` must be one of plain, published'],
    [{ encoder: {} }, '`encoder` must be an encoder, as loadEncoder gives it'],
  ])('options %j', async (more, message) => {
    await expect(embed([], more)).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringContaining(message),
    });
  });

  it('where no file can be, and without any row', async () => {
    const inFile = join(fixture('README.md'), 'e.parquet');
    await expect(embed(numbered(1), { path: inFile })).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringContaining(`can't be written`),
    });
    await expect(embed(rowsOf(['']))).rejects.toMatchObject({ message: `${path} has no embedding at all.` });
    await expect(embed([], { force: true })).rejects.toMatchObject({
      code: 'bad_data',
      message: 'embedRows: there are no rows.',
    });
  });
});

/** A process that embeds rows, each after a while, and is killed when so many lines are in the journal. */
async function killedAt(lines: number, rows: number, wait: number): Promise<void> {
  const code = `import { embedRows, loadEncoder } from './dist/embed/index.js';
    import { setTimeout } from 'node:timers/promises';
    async function* rows() {
      for (const row of ${JSON.stringify(numbered(rows))}) {
        await setTimeout(${wait});
        yield row;
      }
    }
    const encoder = await loadEncoder({ encoder: ${JSON.stringify(fixture('embed/mean'))} });
    await embedRows(rows(), { encoder, path: ${JSON.stringify(path)} });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
  const exit = once(child, 'exit');
  const journal = join(`${path}.part`, 'rows.jsonl');
  while (child.exitCode === null && (!existsSync(journal) || readFileSync(journal, 'utf8').split('\n').length <= lines))
    await sleep(20);
  child.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
}

describe('killed', () => {
  it('it goes on where it was, and ends with the same bytes', async () => {
    await embed(numbered(400));
    const undisturbed = await readFile(path);
    await rm(path);
    await killedAt(64, 400, 2);
    await killedAt(192, 400, 2);
    // A line that was being written.
    await appendFile(join(`${path}.part`, 'rows.jsonl'), '{"index":1');
    const embedded: number[] = [];
    const counting: Encoder = {
      about: encoder.about,
      dimension: encoder.dimension,
      embed: (texts, options) => {
        embedded.push(texts.length);
        return encoder.embed(texts, options);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const progress: number[] = [];
    await embedRows(numbered(400), { encoder: counting, path, onProgress: ({ rows }) => progress.push(rows) });
    expect(await readFile(path)).toEqual(undisturbed);
    expect(progress[0]).toBeGreaterThanOrEqual(192);
    expect(progress.at(-1)).toBe(400);
    expect(embedded.reduce((sum, count) => sum + count, 0)).toBe(400 - progress[0]!);
    expect(await readdir(folder)).toEqual(['embeddings.parquet']);
  });

  it('another encoder, or other rows, do not go on with it', async () => {
    await killedAt(64, 400, 2);
    await using other = await loadEncoder({ encoder: fixture('embed/whole') });
    await expect(embedRows(numbered(400), { encoder: other, path })).rejects.toMatchObject({
      code: 'run_mismatch',
      message: expect.stringMatching(/\.part holds another run: encoder\.hash is "[\da-f]{12}…" there and/),
    });
    await expect(embed(rowsOf(['other']))).rejects.toMatchObject({
      code: 'run_mismatch',
      message: expect.stringContaining('.part holds the embeddings of other data: it has another row 0 than the data'),
    });
    expect((await embed(rowsOf(['other']), { force: true })).hashes).toEqual(['hash of other']);
  });

  it('after the file was whole, what is left goes', async () => {
    await embed(numbered(5));
    mkdirSync(`${path}.part`);
    writeFileSync(join(`${path}.part`, 'rows.jsonl'), '');
    await embed(numbered(5));
    expect(await readdir(folder)).toEqual(['embeddings.parquet']);
  });

  it('two at a time: the second refuses', async () => {
    let others: Promise<unknown> = Promise.resolve();
    const rows = async function* (): AsyncGenerator<RowToEmbed> {
      const again = async function* (): AsyncGenerator<RowToEmbed> {
        yield* numbered(3);
      };
      const both = [embed(numbered(3)), embedCached(again, { encoder, path })];
      others = Promise.all(both.map((other) => other.catch((error: unknown) => error)));
      await others;
      yield* numbered(3);
    };
    await embedRows(rows(), { encoder, path });
    expect(await others).toMatchObject([
      { code: 'run_busy' },
      { code: 'run_busy', message: `${path}: another process embeds these rows at this moment; wait for it` },
    ]);
  });

  it('aborted, it keeps what is done', async () => {
    const stop = new AbortController();
    const aborted = embed(numbered(400), {
      signal: stop.signal,
      onProgress: ({ rows }: { rows: number }) => {
        if (rows >= 128) stop.abort();
      },
    });
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
    const progress: number[] = [];
    await embed(numbered(400), { onProgress: ({ rows }: { rows: number }) => progress.push(rows) });
    expect(progress[0]).toBe(128);
  });
});

const mayMount = process.getuid?.() === 0 && process.platform === 'linux';
describe.skipIf(!mayMount)(`a full disk${mayMount ? '' : ' (skipped: only root may mount a small tmpfs)'}`, () => {
  it.each([
    [
      'while it embeds',
      128,
      'embeddings.parquet.part/rows.jsonl: no space left on its disk; what was written before is safe',
    ],
    ['while it writes the file', 400, 'embeddings.parquet: no space left on its disk; what is embedded is safe'],
  ])('%s', async (_, filledAt, message) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    const fill = (): void => {
      expect(() => {
        for (const block = Buffer.alloc(4096); ;) appendFileSync(join(disk, 'filler'), block);
      }).toThrow('ENOSPC');
    };
    try {
      const on = { path: join(disk, 'embeddings.parquet') };
      const onProgress = ({ rows }: { rows: number }): void => {
        if (rows === filledAt) fill();
      };
      await expect(embed(numbered(400), { ...on, onProgress })).rejects.toMatchObject({
        code: 'disk_full',
        message: `${disk}/${message}; free some and give the same command again`,
      });
      await rm(join(disk, 'filler'));
      expect((await embed(numbered(400), on)).hashes).toHaveLength(400);
      await copyFile(on.path, join(folder, 'copy.parquet'));
    } finally {
      execFileSync('umount', [disk]);
    }
    await embed(numbered(400));
    expect(await readFile(join(folder, 'copy.parquet'))).toEqual(await readFile(path));
  });
});

describe('embeddings of others', () => {
  it.each([
    ['FLOAT[]', "'h' AS hash", { hashes: ['h', 'h'], ids: [null, null], indexes: [-1, -1] }],
    ['DOUBLE[]', '7 AS id', { hashes: ['', ''], ids: ['7', '7'], indexes: [-1, -1] }],
    ['FLOAT[2]', '3::UINTEGER AS index', { hashes: ['', ''], ids: [null, null], indexes: [3, 3] }],
    ['DECIMAL(6,2)[]', "'h' AS hash, 'x' AS other", { hashes: ['h', 'h'], ids: [null, null], indexes: [-1, -1] }],
  ])('%s with %s', async (type, key, { hashes, ids, indexes }) => {
    await write(`SELECT ${key}, e::${type} AS embedding FROM (VALUES ([1.5, -2]), (NULL), ([0.25, 1e3])) t(e)`);
    expect(await readEmbeddings(path)).toEqual({
      vectors: { values: Float32Array.of(1.5, -2, 0.25, 1000), dimension: 2 },
      hashes,
      ids,
      indexes: Int32Array.from(indexes),
      truncated: [false, false],
      missing: { unknown: 1 },
      about: null,
      text: null,
    });
  });

  it('of many rows, in their order', async () => {
    await write('SELECT i AS index, [i, i + 0.5, -1 - i]::FLOAT[] AS embedding FROM range(10000) t(i)');
    const { vectors, indexes } = await readEmbeddings(path);
    expect(indexes).toEqual(Int32Array.from({ length: 10_000 }, (_, i) => i));
    expect(vectors.values).toEqual(Float32Array.from(Array.from(indexes, (i) => [i, i + 0.5, -1 - i]).flat()));
  });

  it.each([
    ["SELECT 'h' AS hash, [1.0] AS vector", 'has no column embedding (its columns are hash, vector).'],
    ["SELECT 'h' AS hash, 'x' AS embedding", 'has VARCHAR in its column embedding, which must hold lists of numbers.'],
    ["SELECT 'h' AS hash, [[1.0]] AS embedding", 'has DECIMAL(2,1)[][] in its column embedding'],
    ['SELECT 1 AS row, [1.0] AS embedding', 'has no column hash, id, index that says whose its embeddings are'],
    ["SELECT 'h' AS hash, NULL::FLOAT[] AS embedding", 'has no embedding at all.'],
    [
      "SELECT 'h' AS hash, unnest([[1.0, 2], [3]]) AS embedding",
      'is no good at row 1: the embedding has 1 numbers, the first one of the file 2.',
    ],
    [
      "SELECT 'h' AS hash, unnest([[1, 2], ['nan'::DOUBLE, 4]]) AS embedding",
      'is no good at row 1: number 0 of the embedding is NaN.',
    ],
    ["SELECT 'h' AS hash, [1.0, NULL] AS embedding", 'is no good at row 0: number 1 of the embedding is null.'],
    ['SELECT -2 AS index, [1.0] AS embedding', 'is no good at row 0: the index -2 is no position in data.'],
  ])('%s', async (sql, message) => {
    await write(sql);
    await expect(readEmbeddings(path)).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringContaining(`${path} ${message}`),
    });
  });

  it('a file that is not there, and one that is no Parquet', async () => {
    await expect(readEmbeddings(path)).rejects.toMatchObject({
      code: 'bad_data',
      message: `${path}: there is no such file or directory`,
    });
    writeFileSync(path, 'PAR2');
    await expect(readEmbeddings(path)).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringContaining(`${path} can't be read as Parquet: `),
    });
  });
});
