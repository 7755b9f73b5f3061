import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rank } from '../../src/rank/rank.js';
import type { RankOptions } from '../../src/rank/options.js';
import { indexes, jsonLines, newFolder, plainRows, query, runOver, scored } from './rank-fixture.js';

const ENCODER = join(import.meta.dirname, '../fixtures/embed/mean');

/** A run over rows of which the first is the best, with their vectors in a file. */
async function runOfVectors(vectors: readonly (readonly number[])[], key: 'hash' | 'id' | 'index' = 'hash') {
  const { run, folder } = await runOver(
    'data.jsonl',
    plainRows(vectors.length),
    vectors.map((_, index) => scored(index, { id: `row-${index}`, icIfd: vectors.length - index })),
  );
  const embeddings = join(folder, 'embeddings.parquet');
  const keys = { hash: `'hash-' || n`, id: `'row-' || n`, index: 'n' };
  // In another order than the run's: whose a vector is, its key says.
  const rows = vectors.map((vector, n) => `(${n}, [${vector.join(', ')}]::FLOAT[])`).toReversed();
  await query(
    `COPY (SELECT ${keys[key]} AS ${key}, embedding FROM (VALUES ${rows.join(', ')}) t(n, embedding))
     TO '${embeddings}' (FORMAT parquet)`,
  );
  return { run, folder, embeddings };
}

/** Kept rows, and of all others why they were left out. */
async function selected(options: RankOptions): Promise<{ kept: number[]; rest: Record<string, unknown>[] }> {
  const folder = newFolder();
  const [out, rest] = [join(folder, 'out.jsonl'), join(folder, 'rest.jsonl')];
  await rank({ ...options, out, rest });
  return { kept: indexes(out), rest: jsonLines(rest).map(({ evosift }) => evosift) };
}

const reasons = (rest: readonly Record<string, unknown>[]): unknown[] =>
  rest.map(({ index, left_out }) => [index, left_out]);

// By hand, as squared distances: 1 lies 0.01 from 0, 3 as far from 2, 5 on 0, 7 lies 0.0025 from 4.
const VECTORS = [
  [0, 0],
  [0.1, 0],
  [10, 0],
  [10, 0.1],
  [0, 10],
  [0, 0],
  [20, 20],
  [0, 10.05],
];

it('a vector of zeros is told by its row where it has no cosine', async () => {
  const { run, embeddings } = await runOfVectors([
    [1, 0],
    [0, 1],
    [0, 0],
  ]);
  await expect(rank({ run, embeddings, nearDuplicates: 0.1, metric: 'cosine', ascending: true })).rejects.toThrow(
    'the vector of row 2 is all zeros, which have no cosine',
  );
});

it('turns that were ranked one by one have no distances of their own', async () => {
  const lines = [0, 1].map((turn) => scored(0, { turn }));
  const { run } = await runOver('data.jsonl', plainRows(1), lines, { identity: { turns: 'each' } });
  const embeddings = 'x.parquet';
  for (const [option, asked] of Object.entries({
    nearDuplicates: { nearDuplicates: 0 },
    clusters: { clusters: 1, perCluster: 1 },
    diverse: { diverse: 'farthest', top: 1 },
  } as const)) {
    await expect(rank({ run, embeddings, ...asked })).rejects.toMatchObject({
      code: 'bad_argument',
      option,
      message: `rank: \`${option}\` compares whole rows, and this run ranks the turns of rows one by one; score it with \`turns\` last`,
    });
  }
});

describe('near-duplicates', () => {
  it.each(['hash', 'id', 'index'] as const)('of a better row are left out, found by %s', async (key) => {
    const { run, embeddings } = await runOfVectors(VECTORS, key);
    const { kept, rest } = await selected({ run, embeddings, nearDuplicates: 0.05 });
    expect(kept).toEqual([0, 2, 4, 6]);
    expect(rest.map(({ index, left_out, near_duplicate_of }) => [index, left_out, near_duplicate_of])).toEqual([
      [1, 'near_duplicate', 0],
      [3, 'near_duplicate', 2],
      [5, 'near_duplicate', 0],
      [7, 'near_duplicate', 4],
    ]);
  });

  it('at distance 0 are equal rows; the better one is the one that the order says', async () => {
    const { run, embeddings } = await runOfVectors(VECTORS);
    const { kept, rest } = await selected({ run, embeddings, nearDuplicates: 0, ascending: true });
    expect(kept).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(rest).toMatchObject([{ index: 0, left_out: 'near_duplicate', near_duplicate_of: 5 }]);
  });

  it('do not count among the rows that a share is of', async () => {
    const { run, embeddings } = await runOfVectors(VECTORS);
    const summary = await rank({ run, embeddings, nearDuplicates: 0.05, top: '50%' });
    expect(summary).toMatchObject({ left: 4, kept: 2, leftOut: { near_duplicate: 4, below_top: 2 } });
  });
});

describe('diverse', () => {
  it('chooses the farthest among the best ones', async () => {
    const { run, embeddings } = await runOfVectors(VECTORS);
    // Of rows 0 to 5: 0 is the best, 3 is farthest from it (100.01), 4 from these two (100).
    const { kept, rest } = await selected({ run, embeddings, diverse: 'farthest', top: 3, pool: 2 });
    expect(kept).toEqual([0, 3, 4]);
    expect(reasons(rest)).toEqual([
      [1, 'not_chosen'],
      [2, 'not_chosen'],
      [5, 'not_chosen'],
      [6, 'below_top'],
      [7, 'below_top'],
    ]);
  });

  it('chooses by facility location the row in the middle', async () => {
    const { run, embeddings } = await runOfVectors([[-1], [0], [1]]);
    expect((await selected({ run, embeddings, diverse: 'facility', top: 1 })).kept).toEqual([1]);
  });

  it('leaves near-duplicates out first, and takes all where there are no more than wanted', async () => {
    const { run, embeddings } = await runOfVectors(VECTORS);
    const options = { run, embeddings, diverse: 'farthest', nearDuplicates: 0.05 } as const;
    // Of 0, 2, 4 and 6: 6 is farthest from 0.
    expect((await selected({ ...options, top: 2 })).kept).toEqual([0, 6]);
    expect((await selected({ ...options, top: 20 })).kept).toEqual([0, 2, 4, 6]);
  });
});

describe('clusters', () => {
  it('give so many rows each, the best ones, and every row says its cluster', async () => {
    const { run, embeddings } = await runOfVectors([[0], [1], [2], [100], [101]]);
    const folder = newFolder();
    const out = join(folder, 'out.jsonl');
    const rest = join(folder, 'rest.jsonl');
    const summary = await rank({ run, embeddings, clusters: 2, perCluster: 1, out, rest });
    expect(indexes(out)).toEqual([0, 3]);
    expect(summary.leftOut).toEqual({ cluster_quota: 3 });
    const labels = new Map(
      [...jsonLines(out), ...jsonLines(rest)].map(({ evosift }) => [evosift['index'], evosift['cluster']]),
    );
    expect(new Set([0, 1, 2].map((index) => labels.get(index))).size).toBe(1);
    expect(labels.get(3)).toBe(labels.get(4));
    expect(labels.get(0)).not.toBe(labels.get(3));
  });
});

describe('an encoder', () => {
  it('makes vectors of the rows, which stay in the run for the next ranking', async () => {
    const text = ['Name a bird.', 'Name a fish.', 'Name a bird.']
      .map((instruction) => `${JSON.stringify({ instruction, output: 'x' })}\n`)
      .join('');
    const lines = [0, 1, 2].map((index) => scored(index, { icIfd: -index, hash: undefined as unknown as string }));
    const { run } = await runOver(
      'data.jsonl',
      text,
      await Promise.all(lines.map(async (line, index) => ({ ...line, hash: await hashOf(text, index) }))),
    );
    const { kept, rest } = await selected({ run, encoder: ENCODER, nearDuplicates: 0 });
    expect(kept).toEqual([0, 1]);
    expect(rest).toMatchObject([{ index: 2, left_out: 'near_duplicate', near_duplicate_of: 0 }]);
    const [file] = readdirSync(run).filter((name) => name.startsWith('embeddings-'));
    const before = statSync(join(run, file!)).mtimeMs;
    expect((await selected({ run, encoder: ENCODER, nearDuplicates: 0 })).kept).toEqual([0, 1]);
    expect(statSync(join(run, file!)).mtimeMs).toBe(before);
    // A damaged one is made anew.
    truncateSync(join(run, file!), 100);
    expect((await selected({ run, encoder: ENCODER, nearDuplicates: 0 })).kept).toEqual([0, 1]);
  });
});

describe('mistakes', () => {
  it('of a file that misses rows, or holds vectors of several lengths, are told', async () => {
    const { run } = await runOfVectors(VECTORS);
    const { embeddings } = await runOfVectors(VECTORS.slice(0, 3));
    await expect(rank({ run, embeddings, nearDuplicates: 0 })).rejects.toMatchObject({
      code: 'bad_data',
      message:
        `rank: \`embeddings\`: ${embeddings} has no vector for 5 of the 8 rows to select from, ` +
        "the first of them row 3; embed the run's own rows",
    });
    const ragged = await runOfVectors([[1, 2], [3]]);
    await expect(rank({ run: ragged.run, embeddings: ragged.embeddings, nearDuplicates: 0 })).rejects.toMatchObject({
      code: 'bad_data',
    });
  });

  it.each([
    [{ diverse: 'farthest', embeddings: 'x' }, /^rank: `diverse` chooses some of the best rows, so `top` must say/],
    [{ diverse: 'farthest', top: 1 }, /^rank: `diverse` needs vectors of the rows: name an `encoder` or a file of/],
    [{ diverse: 'farthest', top: 1, per: 'n', embeddings: 'x' }, /^rank: `diverse` and `per` are both given/],
    [{ diverse: 'random', top: 1 }, /^rank: `diverse` must be one of farthest, facility, not "random"$/],
    [{ clusters: 2, embeddings: 'x' }, /^rank: `clusters` needs `perCluster`/],
    [{ perCluster: 2 }, /^rank: `perCluster` belongs to `clusters`$/],
    [{ pool: 2 }, /^rank: `pool` belongs to `diverse`$/],
    [{ embeddings: 'x' }, /^rank: `embeddings` is about distances: name what they are for, one of `diverse`/],
    [{ embeddings: 'x', encoder: 'y', nearDuplicates: 0 }, /both given; name one of them$/],
    [{ nearDuplicates: -1, embeddings: 'x' }, /^rank: `nearDuplicates` must be a number of at least 0, not -1$/],
  ] as const)('%j', async (options, message) => {
    await expect(rank({ run: 'x', ...(options as object) })).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringMatching(message) as string,
    });
  });
});

async function hashOf(text: string, index: number): Promise<string> {
  const { parseRow } = await import('../../src/rows/parse-row.js');
  const parsed = parseRow(JSON.parse(text.split('\n')[index]!) as Record<string, unknown>);
  return parsed.ok ? parsed.hash : '';
}
