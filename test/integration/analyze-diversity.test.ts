import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze, measureOutputSpace } from '../../src/analyze/index.js';
import { silentLogger } from '../../src/base/logger.js';
import { loadEncoder } from '../../src/embed/index.js';
import { seedFolder } from '../support/evolution.js';
import { fixture } from '../support/fixtures.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { runCli } from '../support/run-cli.js';
import { newFolder, plainRows, query, runOver, scored, unscored, writeRun } from './rank-fixture.js';

/** Writes a Parquet file of what some SQL gives. */
async function parquet(select: string): Promise<string> {
  const path = join(newFolder(), 'embeddings.parquet');
  await query(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
  return path;
}

const distancesOf = async (out: string): Promise<unknown[][]> =>
  query(`SELECT "index", min_neighbor_distance, is_repeat FROM '${join(out, 'rows.parquet')}' ORDER BY "index"`);

describe('how far apart instructions lie', { timeout: 120_000 }, () => {
  it('is told by embeddings of anyone, as squared distance or by the angle', async () => {
    const lines = [scored(0), unscored(1), scored(2), scored(3), scored(4)];
    const { run, folder } = await runOver('data.jsonl', plainRows(5), lines);
    const out = join(folder, 'analysis');
    // Row 1 has no score, and is nobody's neighbour.
    const embeddings = await parquet(
      `SELECT i AS "index", e AS embedding FROM
       (VALUES (4, [6.0, 8.0]), (0, [3.0, 4.0]), (1, [3.0, 4.1]), (2, [3.0, 4.125]), (3, [6.0, 8.0])) AS t(i, e)`,
    );
    const { diversity, distributions } = await analyze({ runs: [run], out, embeddings });
    expect(await distancesOf(out)).toEqual([
      [0, 0.015625, true],
      [2, 0.015625, true],
      [3, 0, true],
      [4, 0, true],
    ]);
    expect(diversity).toEqual({
      metric: 'squared_l2',
      distance: 0.05,
      encoder: null,
      missing: 0,
      bins: { from: 0, to: 4, count: 80 },
      truncated: 0,
      runs: [{ run: 'run', group: null, rows: 4, repeatCount: 4, repeatShare: 1 }],
    });
    expect(distributions[0]!.measures.minNeighborDistance).toMatchObject({ count: 4, max: 0.015625 });

    const closer = await analyze({ runs: [run], out, embeddings, distance: 0.015625 });
    expect(closer.diversity!.runs).toMatchObject([{ repeatCount: 2, repeatShare: 0.5 }]);
    await analyze({ runs: [run], out, embeddings, metric: 'cosine' });
    const angles = await distancesOf(out);
    const angle = 1 - (9 + 16.5) / (5 * Math.hypot(3, 4.125));
    for (const [place, expected] of [0, angle, 0, 0].entries()) expect(angles[place]![1]).toBeCloseTo(expected, 7);
  });

  it('is told by an encoder, whose embeddings are kept for the next time', async () => {
    const texts = ['Name three rivers.', 'Name three lakes.', 'Name three rivers.', 'What is the sum of 2 and 3?'];
    const data = texts.map((instruction) => JSON.stringify({ instruction, input: '', output: 'x' })).join('\n');
    const { run, folder } = await runOver(
      'data.jsonl',
      `${data}\n`,
      [0, 1, 2, 3].map((index) => scored(index)),
    );
    const out = join(folder, 'analysis');
    const directory = fixture('embed', 'mean');
    const { diversity } = await analyze({ runs: [run], out, encoder: directory });
    expect(diversity).toMatchObject({ encoder: { kind: 'sentence_encoder' }, missing: 0 });

    await using encoder = await loadEncoder({ encoder: directory });
    const values = await encoder.embed(texts.map((text) => `${text}\n`));
    const vector = (row: number): Float32Array =>
      values.subarray(row * encoder.dimension, (row + 1) * encoder.dimension);
    const distance = (a: number, b: number): number =>
      vector(a).reduce((sum, value, place) => sum + (value - vector(b)[place]!) ** 2, 0);
    const found = await distancesOf(out);
    for (const row of [0, 1, 2, 3]) {
      const nearest = Math.min(...[0, 1, 2, 3].filter((other) => other !== row).map((other) => distance(row, other)));
      expect(found[row]![1]).toBeCloseTo(nearest, 6);
    }
    expect([found[0]![1], found[2]![1]]).toEqual([0, 0]);

    const folderOf = join(out, 'embeddings');
    const [file, ...others] = readdirSync(folderOf);
    expect(others).toEqual([]);
    const { mtimeMs } = statSync(join(folderOf, file!));
    await analyze({ runs: [run], out, encoder: directory });
    expect(statSync(join(folderOf, file!)).mtimeMs).toBe(mtimeMs);
    // Another encoder has a file of its own.
    await analyze({ runs: [run], out, hiddenStates: true, model: 'pocket' });
    expect(readdirSync(folderOf)).toHaveLength(2);
    const [first, , third] = await distancesOf(out);
    expect([first, third]).toEqual([
      [0, 0, true],
      [2, 0, true],
    ]);
  });

  it('is told anew by an encoder where the run has grown, or the embeddings kept are damaged', async () => {
    const folder = newFolder();
    const data = join(folder, 'data.jsonl');
    writeFileSync(data, plainRows(4));
    const lines = [0, 1, 2, 3].map((index) => scored(index));
    const run = await writeRun(folder, [data], lines.slice(0, 2), { complete: false });
    const out = join(folder, 'analysis');
    const options = { runs: [run], out, encoder: fixture('embed', 'mean') };
    expect((await analyze(options)).diversity!.runs).toMatchObject([{ rows: 2 }]);
    await rm(run, { recursive: true });
    await writeRun(folder, [data], lines, { complete: false });
    const { diversity } = await analyze(options);
    expect(diversity!.runs).toMatchObject([{ rows: 4 }]);

    const [file, ...others] = readdirSync(join(out, 'embeddings'));
    expect(others).toEqual([]);
    const kept = join(out, 'embeddings', file!);
    const whole = readFileSync(kept);
    writeFileSync(kept, whole.subarray(0, 100));
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, message: string) => warnings.push(message) };
    expect((await analyze({ ...options, logger })).diversity).toEqual(diversity);
    expect(warnings).toEqual([
      expect.stringMatching(/parquet can't be read as Parquet: .*; the embeddings are made anew$/),
    ]);
    expect(readFileSync(kept)).toEqual(whole);
  });

  it('counts instructions that the encoder cuts', async () => {
    const texts = ['words '.repeat(40), 'no words', 'words '.repeat(41)];
    const data = texts.map((instruction) => `${JSON.stringify({ instruction, output: 'x' })}\n`).join('');
    const lines = [0, 1, 2].map((index) => scored(index));
    const { run, folder } = await runOver('data.jsonl', data, lines);
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, message: string) => warnings.push(message) };
    const options = { runs: [run], out: join(folder, 'analysis'), encoder: fixture('embed', 'mean'), logger };
    expect((await analyze(options)).diversity).toMatchObject({ truncated: 2, runs: [{ repeatCount: 2 }] });
    expect(warnings).toEqual([
      '2 instructions are longer than the 32 tokens that the encoder takes: distances go by their beginnings',
    ]);
  });

  it('needs an embedding of every scored row', async () => {
    const { run, folder } = await runOver('data.jsonl', plainRows(3), [scored(0), scored(1), scored(2)]);
    const out = join(folder, 'analysis');
    const embeddings = await parquet("SELECT * FROM (VALUES ('hash-1', [1.0])) AS t(hash, embedding)");
    await expect(analyze({ runs: [run], out, embeddings })).rejects.toThrow(
      `${embeddings} has no embedding of 2 of the 3 scored rows of run, the first being row 0`,
    );
    await expect(analyze({ runs: [run], out, embeddings: join(folder, 'none') })).rejects.toMatchObject({
      code: 'bad_data',
    });
  });

  it('takes turns that were scored one by one for one row', async () => {
    const lines = [scored(0, { turn: 0 }), scored(0, { turn: 1 }), scored(0, { turn: 2 }), scored(1), scored(2)];
    const { run, folder } = await runOver('data.jsonl', plainRows(3), lines);
    const out = join(folder, 'analysis');
    const embeddings = await parquet(
      `SELECT * FROM (VALUES (0, [1.0]), (1, [3.0]), (2, [3.125])) AS t("index", embedding)`,
    );
    const { diversity, vocabulary } = await analyze({ runs: [run], out, embeddings });
    expect(await distancesOf(out)).toEqual([
      ...Array.from({ length: 3 }, () => [0, 4, false]),
      [1, 0.015625, true],
      [2, 0.015625, true],
    ]);
    expect(diversity!.runs).toEqual([{ run: 'run', group: null, rows: 3, repeatCount: 2, repeatShare: 2 / 3 }]);
    // "do 0", "do 1", "do 2".
    expect(vocabulary[0]).toMatchObject({ field: 'instruction', words: 6, uniqueWords: 4 });
  });

  it('goes as far as the distances do, and no farther than numbers', async () => {
    const { run, folder } = await runOver('data.jsonl', plainRows(3), [scored(0), scored(1), scored(2)]);
    const out = join(folder, 'analysis');
    const of = (values: string) => parquet(`SELECT * FROM (VALUES ${values}) AS t("index", embedding)`);
    const options = { runs: [run], out, threads: 1 };
    const far = await analyze({ ...options, embeddings: await of('(0, [0.0, 1]), (1, [3.0, 1]), (2, [6.0, 1])') });
    expect(far.diversity!.bins).toEqual({ from: 0, to: 16, count: 80 });
    expect(far.measures.minNeighborDistance!.bins).toEqual(far.diversity!.bins);
    // 9 three times, in bins 0.2 wide.
    const { histogram } = far.distributions[0]!.measures.minNeighborDistance!;
    expect([histogram.counts[45], histogram.above]).toEqual([3, 0]);
    const angles = await of('(0, [0.0, 1]), (1, [3.0, 1]), (2, [6.0, 1])');
    const byAngle = await analyze({ ...options, embeddings: angles, metric: 'cosine' });
    expect(byAngle.diversity!.bins).toEqual({ from: 0, to: 2, count: 40 });
    const beyond = await of('(0, [0.0, 1]), (1, [2e25, 1]), (2, [0.0, 1])');
    await expect(analyze({ ...options, embeddings: beyond })).rejects.toThrow(
      'The embedding of row 1 of run lies farther from all others than a number of 32 bits can say',
    );
  });

  it("takes no embedding for another row's", async () => {
    const { run, folder } = await runOver('data.jsonl', plainRows(2), [scored(0), scored(1)]);
    const other = await runOver('other.jsonl', plainRows(2), [scored(0), scored(1)]);
    const out = join(folder, 'analysis');
    const of = (rows: string, key: string) => parquet(`SELECT * FROM (VALUES ${rows}) AS t("${key}", embedding)`);
    const byIndex = await of('(0, [1.0]), (1, [2.0])', 'index');
    await expect(analyze({ runs: [run, other.run], out, embeddings: byIndex })).rejects.toThrow(
      `${byIndex} tells its embeddings by index or id, which do not say of which of the 2 runs a row is`,
    );
    const same = await of("('hash-0', [1.0]), ('hash-1', [2.0]), ('hash-1', [2.0])", 'hash');
    expect((await analyze({ runs: [run, other.run], out, embeddings: same })).diversity!.runs).toHaveLength(2);
    const twice = await of("('hash-0', [1.0]), ('hash-1', [2.0]), ('hash-1', [3.0])", 'hash');
    await expect(analyze({ runs: [run], out, embeddings: twice })).rejects.toThrow(
      `${twice} has two different embeddings of the hash hash-1`,
    );
    const between = await of('(0.5, [1.0]), (1, [2.0])', 'index');
    await expect(analyze({ runs: [run], out, embeddings: between })).rejects.toThrow('the index 0.5 is no position');
  });

  it.each([
    [{ encoder: 'a', embeddings: 'b' }, '`encoder` and `embeddings` are both given'],
    [{ distance: 1 }, '`distance` needs `encoder`, `embeddings` or `hiddenStates`'],
    [{ encoderFile: 'x.onnx' }, '`encoderFile` needs `encoder`'],
    [{ hiddenStates: true }, '`hiddenStates` needs a `model`'],
    [{ outputSpace: true }, '`outputSpace` needs a `model`'],
    [{ model: 'pocket' }, '`model` needs `hiddenStates`, or `outputSpace` without `logprobs`'],
    [{ encoder: 'x', dtype: 'bf16' }, '`dtype` needs `hiddenStates`, or `outputSpace` without `logprobs`'],
    [{ threads: 2 }, '`threads` needs `encoder`'],
    [{ positions: 'first:5' }, '`positions` needs `outputSpace`'],
    [{ outputSpace: true, logprobs: true, model: 'pocket' }, '`model` needs `hiddenStates`'],
  ] as const)('%j is refused', async (options, message) => {
    await expect(analyze({ runs: ['x'], out: 'y', ...options })).rejects.toThrow(`analyze: ${message}`);
  });
});

describe('what generators and benchmarks say', { timeout: 300_000 }, () => {
  it('stands beside the scores: how sure a generator was of each row', async () => {
    await using llm = await LoopbackLlm.start();
    const { folder, data } = await seedFolder(3);
    const run = join(folder, 'run');
    const args = ['evolve', data, '--llm', llm.spec, '--score', '-m', 'pocket', '-o', run, '--quiet'];
    expect((await runCli(args)).code).toBe(0);
    const results = join(folder, 'results.csv');
    writeFileSync(results, 'series,x,metric,value\npocket,gsm8k,acc,0.25\n');
    const out = join(folder, 'analysis');
    const options = [
      '--output-space',
      '-m',
      'pocket',
      '--preset',
      'published',
      '--results',
      results,
      '--results',
      results,
    ];
    const { code, stdout, stderr } = await runCli(['analyze', run, '-o', out, '--json', '--quiet', ...options]);
    expect([code, stderr]).toEqual([0, '']);
    const analysis = JSON.parse(stdout);
    const found = [{ series: 'pocket', x: 'gsm8k', metric: 'acc', value: 0.25, stderr: null }];
    expect(analysis.results).toEqual([
      { file: results, results: found },
      { file: results, results: found },
    ]);

    const means = new Map<string, (number | null)[]>();
    const space = await measureOutputSpace(run, {
      scorer: { model: 'pocket' },
      positions: 'first:5',
      onAnswer: ({ stage, item, top1, entropy }) => means.set(`${stage} ${item}`, [top1, entropy]),
    });
    expect(analysis.output_space).toMatchObject([{ run: 'run', positions: 'first:5', answers: space.answers }]);
    const rows = await query(
      `SELECT id, instruction_top1, instruction_entropy, response_top1, response_entropy
       FROM '${join(out, 'rows.parquet')}'`,
    );
    expect(rows).toHaveLength(3);
    for (const [id, ...values] of rows) {
      const expected = [means.get(`evolve ${String(id)}`), means.get(`respond ${String(id)}`)].flat();
      for (const [place, value] of values.entries()) expect(value).toBeCloseTo(Number(expected[place]), 6);
    }

    // What a process that was killed has left of its measurements: some of them, and a torn line.
    const kept = join(out, 'output-space', 'measurements.jsonl');
    const measured = readFileSync(kept, 'utf8');
    expect(measured.split('\n').length - 1).toBe(space.answers);
    const lines = measured.split('\n');
    writeFileSync(kept, `${lines.slice(0, 2).join('\n')}\n${lines[2]!.slice(0, 50)}`);
    rmSync(join(out, 'analysis.json'));
    const again = await runCli(['analyze', run, '-o', out, '--json', '--quiet', ...options]);
    expect(again).toMatchObject({ code: 0, stdout, stderr: '' });
    expect(readFileSync(kept, 'utf8')).toBe(measured);
    expect(readdirSync(join(out, 'output-space'))).toEqual(['measurements.jsonl']);
  });

  it('is refused of runs that asked different models, to be measured by one', async () => {
    const runs: string[] = [];
    const { data } = await seedFolder(2);
    for (const model of ['pocket', 'another']) {
      await using llm = await LoopbackLlm.start();
      const run = join(newFolder(), `of-${model}`);
      const spec = llm.spec.replace('loopback@', `${model}@`);
      const args = ['evolve', data, '--llm', spec, '--score', '-m', 'pocket', '-o', run, '--quiet'];
      expect((await runCli(args)).code).toBe(0);
      runs.push(run);
    }
    const options = { runs, out: join(newFolder(), 'analysis'), outputSpace: true, model: 'pocket' };
    await expect(analyze(options)).rejects.toThrow(
      `${runs[0]} has answers of pocket and ${runs[1]} of another, which no one \`model\` can measure`,
    );
    const [own] = (await analyze({ ...options, runs: runs.slice(0, 1) })).outputSpace!;
    expect(own!.answers).toBeGreaterThan(0);
  });

  it('is refused of runs that asked nobody, and of files of no known kind', async () => {
    const { run, folder } = await runOver('data.jsonl', plainRows(2), [scored(0), scored(1)]);
    const out = join(folder, 'analysis');
    await expect(analyze({ runs: [run], out, outputSpace: true, logprobs: true })).rejects.toThrow(
      'has no journal of answers',
    );
    const results = join(folder, 'results.csv');
    writeFileSync(results, 'weather,mood\nrain,good\n');
    await expect(analyze({ runs: [run], out, results: [results] })).rejects.toThrow('weather');
  });
});
