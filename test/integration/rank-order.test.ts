import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { ScoreLine } from '../../src/runs/score-line.js';
import type { RankSummary } from '../../src/rank/assemble.js';
import { rank } from '../../src/rank/rank.js';
import type { RankOptions } from '../../src/rank/options.js';
import {
  indexes,
  jsonLines,
  newFolder,
  plainRows,
  query,
  runOver,
  scored,
  unscored,
  writeRun,
} from './rank-fixture.js';
import { randomNumbers } from '../support/random.js';

/** 500 rows with many ties, unscored rows and rows without a value. */
function mixedLines(): ScoreLine[] {
  const random = randomNumbers(7);
  return Array.from({ length: 500 }, (_, index) => {
    const value = Math.floor(random() * 40) / 8;
    const kind = random();
    if (kind < 0.1) return unscored(index);
    return scored(index, { icIfd: kind < 0.2 ? null : value, ifd: Math.floor(random() * 20) / 10 });
  });
}

const mixed = await runOver('data.jsonl', plainRows(500), mixedLines());

async function ranked(options: Omit<RankOptions, 'run' | 'out'>, run = mixed.run): Promise<[number[], RankSummary]> {
  const out = join(newFolder(), 'out.jsonl');
  const summary = await rank({ run, out, ...options });
  return [indexes(out), summary];
}

/** The documented order, by a plain sort: it is stable, so ties keep input order. */
function sorted(lines: readonly ScoreLine[], sign: 1 | -1): number[] {
  return lines
    .filter((line) => line.status === 'scored' && line.icIfd !== null)
    .sort((a, b) => sign * (a.icIfd! - b.icIfd!))
    .map(({ index }) => index);
}

describe('the order', () => {
  it.each([
    ['paper', 'ic_ifd', [2, 1, 0]],
    ['aligned', 'ic_ifd', [2, 1, 0]],
    ['cherry', 'ifd', [1, 0, 2]],
    ['superfiltering', 'ifd_ppl', [0, 2, 1]],
  ])('of a run of %s is by %s, unless another field is named', async (recipe, field, expected) => {
    const lines = [
      scored(0, { icIfd: 0.1, ifd: 0.5, ifdPpl: 0.9 }),
      scored(1, { icIfd: 0.2, ifd: 0.7, ifdPpl: 0.3 }),
      scored(2, { icIfd: 0.3, ifd: 0.4, ifdPpl: 0.6 }),
    ];
    const { run } = await runOver('data.jsonl', plainRows(3), lines, { identity: { recipe } });
    const [order, summary] = await ranked({}, run);
    expect(order).toEqual(expected);
    expect(summary).toMatchObject({ by: field, byRecipe: recipe });
    const [named, ofNamed] = await ranked({ by: 'ifd' }, run);
    expect(named).toEqual([1, 0, 2]);
    expect(ofNamed).toMatchObject({ by: 'ifd', byRecipe: null });
  });

  it('is by ic_ifd, largest first; ties keep input order; rows without a value do not rank', async () => {
    const [order, summary] = await ranked({});
    expect(order).toEqual(sorted(mixedLines(), -1));
    const lines = mixedLines();
    expect(summary).toMatchObject({
      rows: 500,
      scored: lines.filter(({ status }) => status === 'scored').length,
      kept: order.length,
      leftOut: {
        unscored: lines.filter(({ status }) => status === 'unscored').length,
        no_value: lines.filter(({ status, icIfd }) => status === 'scored' && icIfd === null).length,
      },
    });
  });

  it('is smallest first with ascending, and ties still keep input order', async () => {
    const [order] = await ranked({ ascending: true });
    expect(order).toEqual(sorted(mixedLines(), 1));
  });

  it('numbers the rows by rank', async () => {
    const out = join(newFolder(), 'out.jsonl');
    const { kept } = await rank({ run: mixed.run, out });
    expect(jsonLines(out).map((row) => row.evosift['rank'])).toEqual(Array.from({ length: kept }, (_, at) => at + 1));
  });

  it('can be by a number of the rows themselves, even beyond 2^53', async () => {
    const big = ['9007199254740993', '9007199254740992', '9007199254740994', '-1'];
    const text = big.map((value) => `{"instruction":"a","output":"b","size":${value}}\n`).join('');
    const { run } = await runOver(
      'data.jsonl',
      text,
      big.map((_, index) => scored(index)),
    );
    expect((await ranked({ by: 'size' }, run))[0]).toEqual([2, 0, 1, 3]);
  });

  it('treats CSV fields as numbers where all of them are', async () => {
    const text = 'instruction,output,size\na,b,10\na,b,9\na,b,\na,b,1e2\n';
    const lines = [0, 1, 2, 3].map((index) => scored(index));
    const { run } = await runOver('data.csv', text, lines);
    expect((await ranked({ by: 'size' }, run))[0]).toEqual([3, 0, 1]);
  });

  it('ranks each turn of a row that has several lines', async () => {
    const lines = [
      scored(0, { turn: 0, icIfd: 2 }),
      scored(0, { turn: 1, icIfd: 5 }),
      scored(1, { turn: 0, icIfd: 3 }),
    ];
    const { run, folder } = await runOver('data.jsonl', plainRows(2), lines, { identity: { turns: 'each' } });
    const out = join(folder, 'out.jsonl');
    await rank({ run, out });
    expect(jsonLines(out).map(({ n, evosift }) => [n, evosift['turn']])).toEqual([
      [0, 1],
      [1, 0],
      [0, 0],
    ]);
  });
});

describe('top', () => {
  // P % of n, half rounded up, worked by hand.
  it.each([
    [10, '10%', 1],
    [10, '14.9%', 1],
    [10, '15%', 2],
    [10, '25%', 3],
    [7, '50%', 4],
    [3, '16.6%', 0],
    [3, '16.7%', 1],
    [1, '49.999%', 0],
    [1, '50%', 1],
    [8, '100%', 8],
    [1000, '0.05%', 1],
    // 1.15 * 100 is below 115 in binary.
    [100, '1.15%', 1],
    [1000, '57.95%', 580],
    [8, '5', 5],
    [8, '500', 8],
  ])('of %i rows, %s is %i', async (count, top, expected) => {
    const lines = Array.from({ length: count }, (_, index) => scored(index, { icIfd: index }));
    const { run } = await runOver('data.jsonl', plainRows(count), lines);
    const [order, summary] = await ranked({ top }, run);
    expect(order).toEqual(Array.from({ length: expected }, (_, at) => count - 1 - at));
    expect(summary.leftOut.below_top ?? 0).toBe(count - expected);
  });

  it('is a share of the scored rows that the filters leave, or with of: all of all scored rows', async () => {
    const lines = Array.from({ length: 20 }, (_, index) =>
      index < 4 ? unscored(index) : scored(index, { icIfd: index, ifd: index % 2 }),
    );
    const { run } = await runOver('data.jsonl', plainRows(20), lines);
    // 16 are scored, 8 of them have ifd 0.
    expect((await ranked({ top: '25%', maxIfd: 0.5 }, run))[0]).toEqual([18, 16]);
    expect((await ranked({ top: '25%', maxIfd: 0.5, of: 'all' }, run))[0]).toEqual([18, 16, 14, 12]);
    expect((await ranked({ top: '100%', maxIfd: 0.5, of: 'all' }, run))[0]).toHaveLength(8);
  });

  it('holds within each group of per; rows without the column are a group', async () => {
    const kinds = ['a', 'b', 'a', null, 'b', 'a', undefined, 'a'];
    const text = kinds.map((kind) => `${JSON.stringify({ instruction: 'i', output: 'o', kind })}\n`).join('');
    const values = [1, 2, 3, 4, 5, 6, 7, 8];
    const { run } = await runOver(
      'data.jsonl',
      text,
      values.map((value, index) => scored(index, { icIfd: value })),
    );
    // a: rows 0, 2, 5, 7; b: 1, 4; none: 3, 6. Half of each, best of all first.
    expect((await ranked({ per: 'kind', top: '50%' }, run))[0]).toEqual([7, 6, 5, 4]);
    expect((await ranked({ per: 'kind', top: 1 }, run))[0]).toEqual([7, 6, 4]);
    expect((await ranked({ per: 'kind' }, run))[0]).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
    // With ifd filtered, all still counts the group's scored rows.
    expect((await ranked({ per: 'kind', top: '50%', of: 'all', where: 'ic_ifd <> 8' }, run))[0]).toEqual([6, 5, 4, 2]);
  });
});

describe('filters', () => {
  it('keep ifd <= max, and drop rows without an ifd', async () => {
    const lines = [0.5, 1, 1.0001, null, 0.9].map((ifd, index) => scored(index, { ifd, icIfd: index }));
    const { run } = await runOver('data.jsonl', plainRows(5), lines);
    const [order, { leftOut }] = await ranked({ maxIfd: 1 }, run);
    expect(order).toEqual([4, 1, 0]);
    expect(leftOut).toEqual({ max_ifd: 2 });
  });

  it('take SQL over scores and the rows own columns', async () => {
    const rows = [
      { instruction: 'a', output: 'x', source: 'web', meta: { stars: 3 }, tags: ['x'], id: 'own-0', 'odd "name"': 1 },
      { instruction: 'b', output: 'x', source: "it's", meta: { stars: 5 }, id: 'own-1', 'odd "name"': 2.5 },
      { instruction: 'c', output: 'x', meta: null, tags: ['y', 'x'], id: 'own-2' },
    ];
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    const lines = [3, 2, 1].map((value, index) => scored(index, { icIfd: value, id: `score-${index}` }));
    const { run } = await runOver('data.jsonl', text, lines);
    const kept = async (where: string): Promise<number[]> => (await ranked({ where }, run))[0];
    expect(await kept(`source = 'it''s'`)).toEqual([1]);
    expect(await kept(`source <> 'web'`)).toEqual([1]);
    expect(await kept(`source IS NULL OR ic_ifd >= 3 -- a remark`)).toEqual([0, 2]);
    expect(await kept(`CAST(meta->>'stars' AS INTEGER) > 3`)).toEqual([1]);
    expect(await kept(`CAST(meta->'stars' AS INTEGER) = 3`)).toEqual([0]);
    expect(await kept(`"odd ""name""" > 2`)).toEqual([1]);
    expect(await kept(`len(list_filter(CAST(tags AS VARCHAR[]), tag -> tag = 'x')) = 1`)).toEqual([0, 2]);
    expect(await kept(`ic_ifd > (SELECT avg(ic_ifd) FROM score)`)).toEqual([0]);
    expect(await kept(`id = 'score-1'`)).toEqual([1]);
    expect(await kept(`data_id = 'own-2'`)).toEqual([2]);
    expect(await kept(`instruction IN ('a', 'c') AND tokens_a = 10`)).toEqual([0, 2]);
  });

  it('are counted apart from what is below the top', async () => {
    const lines = [unscored(0), ...[1, 2, 3, 4].map((index) => scored(index, { icIfd: index, ifd: index }))];
    const { run, folder } = await runOver('data.jsonl', plainRows(5), lines);
    const [out, rest] = [join(folder, 'out.jsonl'), join(folder, 'rest.jsonl')];
    const summary = await rank({ run, out, rest, where: 'ic_ifd <> 1', maxIfd: 3, top: 1 });
    expect(summary.leftOut).toEqual({ unscored: 1, where: 1, max_ifd: 1, below_top: 1 });
    expect(jsonLines(rest).map(({ n, evosift }) => [n, evosift['left_out'], evosift['reason']])).toEqual([
      [0, 'unscored', 'too_long'],
      [1, 'where', null],
      [2, 'below_top', null],
      [4, 'max_ifd', null],
    ]);
  });

  it('leave every row in exactly one of out and rest', async () => {
    const folder = newFolder();
    const [out, rest] = [join(folder, 'out.jsonl'), join(folder, 'rest.jsonl')];
    await rank({ run: mixed.run, out, rest, top: '30%', where: 'ifd > 0.4', per: 'ifd' });
    expect(indexes(rest)).toEqual([...indexes(rest)].sort((a, b) => a - b));
    expect([...indexes(out), ...indexes(rest)].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, n) => n));
  });
});

describe('form ppl', () => {
  it('adds the ratios with each L replaced by exp(L)', async () => {
    const lines = [scored(0, { lossQ: 2, lossAGivenQ: 1, lossA: 3 }), unscored(1, { lossAGivenQ: 1, lossA: 1 })];
    const { run, folder } = await runOver('data.jsonl', plainRows(2), lines);
    const [out, rest] = [join(folder, 'out.jsonl'), join(folder, 'rest.jsonl')];
    await rank({ run, form: 'ppl', by: 'ic_ifd_ppl', out, rest });
    const [{ evosift }] = jsonLines(out) as [{ evosift: Record<string, number> }];
    expect(evosift['ifd_ppl']).toBeCloseTo(Math.exp(1) / Math.exp(3), 12);
    expect(evosift['ic_ifd_ppl']).toBeCloseTo(Math.exp(1) / (Math.exp(2) * Math.exp(3)), 12);
    expect(jsonLines(rest)[0]!.evosift).toMatchObject({ ifd_ppl: null, ic_ifd_ppl: null });
  });

  it('is an error to order by where it is not asked for', async () => {
    await expect(ranked({ by: 'ifd_ppl' })).rejects.toThrow(
      'rank: `by` ifd_ppl: there is no such column; there are index',
    );
  });
});

describe('join', () => {
  it('finds rows by hash; the last line of a hash counts, late columns are seen', async () => {
    const lines = [0, 1, 2].map((index) => scored(index, { icIfd: index }));
    const { run, folder } = await runOver('data.jsonl', plainRows(3), lines);
    const verdicts = join(folder, 'verdicts.jsonl');
    writeFileSync(
      verdicts,
      '{"hash":"hash-0","verdict":"fail"}\n{"hash":"hash-2","verdict":"fail","ifd":0.25}\n' +
        '{"hash":"hash-0","verdict":"pass","n":12345678901234567890}\n{"hash":"other","verdict":"pass"}\n',
    );
    const out = join(folder, 'out.jsonl');
    await rank({ run, join: verdicts, where: `verdict = 'pass' OR joined_ifd < ifd`, out });
    expect(indexes(out)).toEqual([2, 0]);
    const [first, second] = readFileSync(out, 'utf8').split('\n');
    expect(first).toContain('"verdict":"fail","joined_ifd":0.25,"n":null,"rank":1}');
    expect(second).toContain('"verdict":"pass","joined_ifd":null,"n":12345678901234567890,"rank":2}');
  });

  it('finds rows of one hash by their index; where no line has that, the last counts', async () => {
    const lines = [0, 1, 2, 3].map((index) => scored(index, { icIfd: index, hash: 'same' }));
    const { run, folder } = await runOver('data.jsonl', plainRows(4), lines);
    const verdicts = join(folder, 'verdicts.jsonl');
    const texts = ['"index":0,"n":10', '"index":1,"n":11', '"index":1,"n":21', '"index":3,"n":13', '"n":99'];
    writeFileSync(verdicts, texts.map((text) => `{"hash":"same",${text}}\n`).join(''));
    const out = join(folder, 'out.jsonl');
    await rank({ run, join: verdicts, by: 'index', ascending: true, out });
    expect(jsonLines(out).map(({ evosift }) => Reflect.get(evosift, 'n'))).toEqual([10, 21, 99, 13]);
  });

  it('finds rows by id in CSV and Parquet, and ranks by a joined number', async () => {
    const lines = [7, 'x', 9].map((id, index) => scored(index, { id }));
    const { run, folder } = await runOver('data.jsonl', plainRows(3), lines);
    const csv = join(folder, 'more.csv');
    writeFileSync(csv, 'id,quality\n7,0.5\nx,1.5\n9,1\n');
    expect((await ranked({ join: csv, by: 'quality' }, run))[0]).toEqual([1, 2, 0]);
    const parquet = join(folder, 'more.parquet');
    await query(`COPY (FROM (VALUES ('7', 3), ('9', 5)) t(id, quality)) TO '${parquet}' (FORMAT parquet)`);
    const [order, { leftOut }] = await ranked({ join: parquet, by: 'quality' }, run);
    expect(order).toEqual([2, 0]);
    expect(leftOut).toEqual({ no_value: 1 });
  });

  it('needs a key', async () => {
    const file = join(newFolder(), 'x.jsonl');
    writeFileSync(file, '{"a":1}\n');
    await expect(ranked({ join: file })).rejects.toThrow(`${file} has no column hash or id to find its rows by`);
  });
});

describe('a run', () => {
  it('whose data changed is refused', async () => {
    const { run, data } = await runOver('data.jsonl', plainRows(2), [scored(0), scored(1)]);
    writeFileSync(data, plainRows(2).replace('do 0', 'do X'));
    await expect(rank({ run })).rejects.toMatchObject({
      code: 'run_mismatch',
      message: expect.stringContaining(`${data} has changed since`) as string,
    });
  });

  it('that is not complete is ranked as far as it goes, and the summary says so', async () => {
    const { run } = await runOver('data.jsonl', plainRows(9), [scored(0), scored(1)], { complete: false });
    const [order, summary] = await ranked({}, run);
    expect(order).toEqual([0, 1]);
    expect(summary).toMatchObject({ rows: 2, complete: false });
  });

  it('of a shard or cascade finds its own rows', async () => {
    const lines = [scored(3, { icIfd: 1 }), scored(5, { icIfd: 2 })];
    const { run, folder } = await runOver('data.jsonl', plainRows(9), lines);
    const out = join(folder, 'out.jsonl');
    await rank({ run, out });
    expect(jsonLines(out).map(({ n }) => n)).toEqual([5, 3]);
  });

  it('without any score, or of nothing but rows without a value, is an error', async () => {
    const empty = await runOver('data.jsonl', plainRows(1), []);
    await expect(rank({ run: empty.run })).rejects.toThrow('has no scores yet');
    const { run } = await runOver('data.jsonl', plainRows(1), [scored(0, { icIfd: null })]);
    await expect(rank({ run })).rejects.toThrow('`by` ic_ifd: none of the 1 scored rows has a number there');
  });

  it('keeps no temporary files, whether ranking succeeds or not', async () => {
    const { run } = await runOver('data.jsonl', plainRows(2), [scored(0), scored(1)]);
    const before = (await import('node:fs')).readdirSync(run);
    await rank({ run, preview: 1 });
    await expect(rank({ run, where: 'nope = 1' })).rejects.toThrow();
    expect((await import('node:fs')).readdirSync(run)).toEqual(before);
  });

  it('can be ranked to a stream, and previewed', async () => {
    const lines = [1, 3, 2, 4].map((value, index) => scored(index, { icIfd: value }));
    const { run } = await runOver('data.jsonl', plainRows(4), lines);
    const out = new PassThrough();
    const summary = await rank({ run, out, preview: 1 });
    const text = String(out.read());
    expect(
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { n: number }).n),
    ).toEqual([3, 1, 2, 0]);
    expect(summary.top).toMatchObject([{ rank: 1, value: 4, index: 3, instruction: 'do 3' }]);
    expect(summary.bottom).toMatchObject([{ rank: 4, value: 1, index: 0, instruction: 'do 0' }]);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(rank({ run: mixed.run, signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' });
  });

  it('over several files numbers rows across them', async () => {
    const folder = newFolder();
    const paths = ['a.jsonl', 'b.jsonl'].map((name) => join(folder, name));
    for (const path of paths) writeFileSync(path, plainRows(2));
    const run = await writeRun(
      folder,
      paths,
      [0, 1, 2, 3].map((index) => scored(index, { icIfd: (index * 3) % 4 })),
    );
    const out = join(folder, 'out.jsonl');
    await rank({ run, out });
    expect(jsonLines(out).map(({ n, evosift }) => [n, evosift['index']])).toEqual([
      [1, 1],
      [0, 2],
      [1, 3],
      [0, 0],
    ]);
  });
});

describe('mistakes', () => {
  it.each([
    [
      { where: `sourc = 'a'` },
      /^rank: `where` "sourc = 'a'": there is no column "sourc"; there are .*instruction, output, n$/,
    ],
    [{ where: 'ifd >' }, /^rank: `where` "ifd >": syntax error/],
    [{ where: '1=1) UNION (SELECT 1' }, /^rank: `where` .*: (it must be one condition|syntax error)/],
    [{ where: 'true) GROUP BY (ifd' }, /it must be one condition, as it stands after WHERE/],
    [{ where: 'avg(ifd) > 1' }, /WHERE clause cannot contain aggregates/],
    [{ where: `instruction > 3` }, /Cannot compare values of type VARCHAR and type INTEGER/],
    [{ where: `(SELECT count(*) FROM read_text('/etc/passwd')) > 0` }, /file system operations are disabled/],
    [{ by: 'instruction' }, /^rank: `by` instruction: rows are ordered by a number, and this column is text$/],
    [{ by: 'status' }, /^rank: `by` status: rows are ordered by a number/],
    [{ per: 'nope' }, /^rank: `per` nope: there is no such column/],
    [{ top: '0%' }, /^rank: `top` must be a share such as 10%/],
    [{ top: '101%' }, /not "101%"$/],
    [{ top: 1.5 }, /not "1.5"$/],
    [{ top: '-3' }, /not "-3"$/],
    [{ rest: 'x.txt' }, /^rank: `rest` must end in .jsonl, .json, .csv, .parquet/],
    [{ rest: '/no/such/folder/x.jsonl' }, /^\/no\/such\/folder\/x.jsonl can't be written/],
    [{ rest: '/no/such/folder/x.parquet' }, /^\/no\/such\/folder\/x.parquet can't be written/],
    [{ of: 'all' }, /`top` must be given too$/],
    [{ maxIfd: Number.NaN }, /^rank: `maxIfd` must be a number, not NaN$/],
  ] as const)('%j', async (options, message) => {
    await expect(ranked(options)).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringMatching(message) as string,
    });
  });

  it('the data are never overwritten', async () => {
    const { run, data } = await runOver('data.jsonl', plainRows(1), [scored(0)]);
    await expect(rank({ run, out: data })).rejects.toThrow("holds the run's data and would be overwritten");
    expect(readFileSync(data, 'utf8')).toBe(plainRows(1));
  });

  it('an output that exists stays whole when ranking fails', async () => {
    const { run, folder } = await runOver('data.jsonl', plainRows(1), [scored(0)]);
    const out = join(folder, 'out.jsonl');
    writeFileSync(out, 'kept');
    await expect(rank({ run, out, where: 'nope' })).rejects.toThrow();
    expect(readFileSync(out, 'utf8')).toBe('kept');
  });
});
