import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LineageLine } from '../../src/evolve/lineage.js';
import { rank } from '../../src/rank/rank.js';
import { datasetOf, lineageOf, seedFolder } from '../support/evolution.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { runCli } from '../support/run-cli.js';
import { jsonLines, newFolder, query, runOver, scored, withoutScores, writeRun } from './rank-fixture.js';

const FIELDS = ['op', 'generator', 'round', 'parent', 'seed'] as const;

const lineageFields = (line: Readonly<Record<string, unknown>>): unknown[] => FIELDS.map((name) => line[name]);

describe("rank on an evolution's run", { timeout: 240_000 }, () => {
  let run = '';
  /** By id, what the run's own `lineage.jsonl` says. */
  let told: ReadonlyMap<string, LineageLine>;
  beforeAll(async () => {
    await using llm = await LoopbackLlm.start();
    const { folder, data } = await seedFolder(3);
    run = join(folder, 'run');
    const specs = [`openai:small@${llm.baseUrl}`, `openai:large@${llm.baseUrl}`];
    const options = ['--rounds', '2', '--with-seeds', '--score', '-m', 'pocket', '--quiet'];
    expect((await runCli(['evolve', data, '--llm', ...specs, ...options, '-o', run])).code).toBe(0);
    const standing = lineageOf(run).filter(({ status }) => status === 'seed' || status === 'survived');
    told = new Map(standing.map((line) => [line.id, line]));
    expect(told.size).toBe(15);
  }, 240_000);

  it('keeps where each row comes from beside its scores, and the rows as they are', async () => {
    const out = join(newFolder(), 'out.jsonl');
    await rank({ run, out });
    const rows = jsonLines(out);
    expect(rows).toHaveLength(told.size);
    const own = new Map(datasetOf(run).map((row) => [row.id, row]));
    for (const row of rows) {
      const id = String(row.id);
      expect(lineageFields(row.evosift)).toEqual(lineageFields({ ...told.get(id)! }));
      expect(row.evosift['ic_ifd']).toBe(own.get(id)?.evosift.ic_ifd);
      expect(withoutScores(row)).toEqual(withoutScores({ ...own.get(id)! }));
    }
  });

  it.each(['json', 'csv', 'parquet'])('does so in .%s, too', async (format) => {
    const out = join(newFolder(), `out.${format}`);
    await rank({ run, out });
    const names = format === 'json' ? FIELDS.map((name) => `evosift.${name}`) : FIELDS.map((name) => `evosift_${name}`);
    const ids = format === 'csv' ? "read_csv('FILE', all_varchar = true)" : "'FILE'";
    const rows = await query(`SELECT id, ${names.join(', ')} FROM ${ids.replace('FILE', out)}`);
    expect(rows).toHaveLength(told.size);
    for (const [id, ...fields] of rows) {
      const expected = lineageFields({ ...told.get(String(id))! });
      const text = (value: unknown): string | null => (value === null ? null : String(value));
      expect(fields.map(text)).toEqual(expected.map(text));
    }
    if (format === 'parquet') {
      const types = await query(`SELECT column_type FROM (DESCRIBE FROM '${out}') WHERE column_name = 'evosift_round'`);
      expect(types).toEqual([['INTEGER']]);
    }
  });

  it('selects by it', async () => {
    const out = join(newFolder(), 'out.jsonl');
    const taken = async (...options: string[]): Promise<LineageLine[]> => {
      const { code, stderr } = await runCli(['rank', run, ...options, '-o', out, '--quiet']);
      expect([code, stderr]).toEqual([0, '']);
      return jsonLines(out).map(({ id }) => told.get(String(id))!);
    };
    const late = await taken('--where', "round > 1 AND generator = 'openai:large'");
    expect(late.map(({ seed }) => seed).toSorted()).toEqual(['0', '1', '2']);
    for (const { round, generator } of late) expect([round, generator]).toEqual([2, 'openai:large']);

    const operations = new Set(Array.from(told.values(), ({ op }) => op));
    const best = await taken('--per', 'op', '--top', '1');
    expect(new Set(best.map(({ op }) => op))).toEqual(operations);
    expect(best).toHaveLength(operations.size);
    for (const { op, ic_ifd: value } of best) {
      const same = Array.from(told.values()).filter((line) => line.op === op);
      expect(value).toBe(Math.max(...same.map(({ ic_ifd }) => ic_ifd ?? -1)));
    }

    const rounds = (await taken('--by', 'round')).map(({ round }) => round);
    expect(rounds).toEqual(rounds.toSorted((a, b) => b - a));
    expect(await taken('--where', "parent = '0.0.1.0'")).toMatchObject([{ id: '0.0.2.0' }]);
    expect(await taken('--where', "seed = '1'")).toHaveLength(5);
  });

  it('finds it in a run that scores the evolution anew, and not in a copy of its rows', async () => {
    const folder = newFolder();
    const dataset = join(run, 'dataset.jsonl');
    const lines = datasetOf(run).map((_, index) => scored(index, { icIfd: index }));
    const [anew, out] = [await writeRun(folder, [dataset], lines), join(folder, 'out.jsonl')];
    await rank({ run: anew, out });
    expect(jsonLines(out)).toHaveLength(told.size);
    for (const { id, evosift } of jsonLines(out)) {
      expect(lineageFields(evosift)).toEqual(lineageFields({ ...told.get(String(id))! }));
    }
    const elsewhere = newFolder();
    const copy = join(elsewhere, 'dataset.jsonl');
    copyFileSync(dataset, copy);
    const copied = await writeRun(elsewhere, [copy], lines);
    await expect(rank({ run: copied, out, where: "op = 'deepening'" })).rejects.toMatchObject({ code: 'bad_argument' });
  });

  it('says nothing of the rows that stand beside those of an evolution', async () => {
    const folder = newFolder();
    const { data } = await seedFolder(2);
    const lines = Array.from({ length: told.size + 2 }, (_, index) => scored(index, { icIfd: 100 - index }));
    const both = await writeRun(folder, [join(run, 'dataset.jsonl'), data], lines);
    const out = join(folder, 'out.jsonl');
    await rank({ run: both, out });
    const rows = jsonLines(out);
    expect(lineageFields(rows[1]!.evosift)).toEqual(lineageFields({ ...told.get(String(rows[1]!['id']))! }));
    expect(rows).toHaveLength(told.size + 2);
    for (const { evosift } of rows.slice(told.size)) expect(lineageFields(evosift)).toEqual(FIELDS.map(() => null));
  });
});

it('takes nothing over from an `evosift` object that users have in data of their own', async () => {
  const rows = [0, 1].map((n) => ({
    instruction: `do ${n}`,
    output: 'done',
    op: n + 7,
    evosift: { op: 'mine', generator: 'me', round: n, parent: null, seed: 1 },
  }));
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const { run, folder, data } = await runOver('dataset.jsonl', text, [
    scored(0, { icIfd: 1 }),
    scored(1, { icIfd: 2 }),
  ]);
  const out = join(folder, 'out.jsonl');
  await rank({ run, out, where: 'op > 7' });
  const [kept, ...others] = jsonLines(out);
  expect(others).toEqual([]);
  expect(withoutScores(kept!)).toEqual({ instruction: 'do 1', output: 'done', op: 8 });
  expect(lineageFields(kept!.evosift)).toEqual(FIELDS.map(() => undefined));
  expect(readFileSync(data, 'utf8')).toBe(text);
});
