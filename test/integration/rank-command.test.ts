import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readManifest } from '../../src/runs/read-run.js';
import { indexes, plainRows, runOver, scored, unscored, writeRun, newFolder } from './rank-fixture.js';

const PROGRAM = join(import.meta.dirname, '../../bin/evosift.js');

function evosift(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

describe('evosift rank', async () => {
  const values = [3, 1, 2];
  const { run, folder } = await runOver('data.jsonl', plainRows(4), [
    ...values.map((value, index) => scored(index, { icIfd: value, ifd: 0.5 })),
    unscored(3),
  ]);

  it('shows a table on standard output, and what was done on standard error', () => {
    const { code, out, err } = evosift('rank', run);
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.trim().split(/\s+/).slice(0, 6).join(' '))).toEqual([
      'rank ic_ifd ifd row instruction',
      '1 3 0.5000000 0 do 0',
      '2 2 0.5000000 2 do 2',
      '3 1 0.5000000 1 do 1',
      '',
    ]);
    expect(err).toBe('4 rows, 3 scored; kept 3.\n');
  });

  it('writes files, and JSON lines to standard output for -', () => {
    const [best, rest] = [join(folder, 'best.jsonl'), join(folder, 'rest.jsonl')];
    const { code, out, err } = evosift('rank', run, '--top', '50%', '--where', 'n < 3', '-o', best, '--rest', rest);
    expect([code, out]).toEqual([0, '']);
    expect(err).toBe(`4 rows, 3 scored; kept 2 in ${best}.\n2 others in ${rest}.\n`);
    expect([indexes(best), indexes(rest)]).toEqual([
      [0, 2],
      [1, 3],
    ]);
    expect(evosift('rank', run, '--top', '50%', '-o', '-').out).toBe(readFileSync(best, 'utf8'));
  });

  it('prints its summary as JSON with --json', () => {
    const { out, err } = evosift('rank', run, '--json', '--quiet', '--max-ifd', '0.4', '--show', '1');
    expect(JSON.parse(out)).toEqual({
      rows: 4,
      scored: 3,
      left: 0,
      kept: 0,
      left_out: { max_ifd: 3, unscored: 1 },
      complete: true,
      by: 'ic_ifd',
      by_recipe: 'paper',
      ascending: false,
      joins: [],
      out: null,
      rest: null,
      dataset_info: null,
      exported: null,
      top: [],
      bottom: [],
    });
    expect(err).toBe('');
  });

  it('exits with 2 for wrong usage, with 1 where it fails or nothing is scored', async () => {
    expect(evosift('rank', run, '--where', 'nope > 1')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^rank: --where "nope > 1": there is no column "nope"; .*\n$/) as string,
    });
    expect(evosift('rank').code).toBe(2);
    expect(evosift('rank', run, '--max-ifd', 'x').code).toBe(2);
    expect(evosift('rank', run, '--json', '-o', '-').code).toBe(2);
    expect(evosift('rank', folder)).toMatchObject({ code: 1, err: `${folder} is no run: it holds no manifest.json\n` });
    const none = await runOver('data.jsonl', plainRows(1), [unscored(0)]);
    const { code, err } = evosift('rank', none.run);
    expect([code, err.split('\n')[0]]).toEqual([
      1,
      `None of the 1 rows is scored; see the reasons in ${none.run}/summary.json.`,
    ]);
  });

  it('is joined from shards by merge', async () => {
    const data = join(newFolder(), 'data.jsonl');
    writeFileSync(data, plainRows(5));
    const shards: string[] = [];
    for (const [index, rows] of [
      [0, 1],
      [2, 3, 4],
    ].entries()) {
      const identity = { shard: { index: index + 1, count: 2 } };
      shards.push(
        await writeRun(
          newFolder(),
          [data],
          rows.map((row) => scored(row, { icIfd: row })),
          { identity },
        ),
      );
    }
    const out = join(newFolder(), 'all');
    expect(evosift('merge', ...shards.toReversed(), '-o', out)).toEqual({
      code: 0,
      out: '',
      err: `2 shards joined in ${out}: 5 rows.\n`,
    });
    expect((await readManifest(out)).identity.shard).toBeNull();
    const best = join(folder, 'merged.jsonl');
    expect(evosift('rank', out, '-o', best).code).toBe(0);
    expect(indexes(best)).toEqual([4, 3, 2, 1, 0]);
    expect(evosift('merge', shards[0]!, '-o', join(newFolder(), 'x'))).toMatchObject({
      code: 1,
      err: 'shard 2/2 is missing; name the run of each shard once\n',
    });
  });
});
