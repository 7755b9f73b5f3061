import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze/index.js';
import { rank } from '../../src/rank/index.js';
import type { RunIdentity } from '../../src/runs/run-identity.js';
import { datasetOf, lineageOf, seedFolder } from '../support/evolution.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { runCli } from '../support/run-cli.js';
import { identity } from '../support/run-identity.js';
import { indexes, newFolder, plainRows, query, runOver, scored, unscored, writeRun } from './rank-fixture.js';

/** What numpy and scipy say of two columns; see `test/fixtures/make_statistics.py`. */
const reference = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/statistics.json'), 'utf8'));
const [noise] = reference.summaries;
const pair = reference.pairs[1];
const count: number = pair.a.length;

/** A run whose IC-IFD and IFD are the reference's columns; every tenth row has no score. */
const referenceRun = async (name = 'data.jsonl', moved = 0) => {
  const lines = Array.from({ length: count + count / 10 }, (_, index) => {
    const place = index - Math.floor(index / 11) - 1;
    if (index % 11 === 0) return unscored(index);
    return scored(index, { icIfd: pair.a[place] + moved, ifd: pair.b[place], lossQ: null });
  });
  return runOver(name, plainRows(lines.length), lines);
};

describe('analyze', { timeout: 60_000 }, () => {
  it('describes the scored rows of a run as numpy does, and says what became of the others', async () => {
    const { run, folder } = await referenceRun();
    const out = join(folder, 'analysis');
    const analysis = await analyze({ runs: [run], out });
    expect(analysis.runs).toMatchObject([
      { name: 'run', kind: 'score', complete: true, rows: 220, scored: 200, unscored: 20, reasons: { too_long: 20 } },
    ]);
    const [whole, ...groups] = analysis.distributions;
    expect(groups).toEqual([]);
    const { icIfd, lossQ, charactersInstruction } = whole!.measures;
    expect(noise.values).toEqual(pair.a);
    expect(icIfd!.mean).toBeCloseTo(noise.mean, 12);
    expect(icIfd!.sd).toBeCloseTo(noise.sd, 12);
    for (const [name, value] of Object.entries(noise.quantiles)) {
      expect(Reflect.get(icIfd!.quantiles, name)).toBeCloseTo(Number(value), 12);
    }
    // None has an L(Q).
    expect(lossQ).toBeUndefined();
    // "do 1" to "do 219".
    expect([charactersInstruction!.min, charactersInstruction!.max]).toEqual([4, 6]);

    const { spearman, overlap, rows } = analysis.agreement[0]!.pairs.icIfd!.ifd!;
    expect(rows).toBe(count);
    expect(spearman).toBeCloseTo(pair.spearman, 12);
    // 10 % of 200.
    expect(overlap.top10).toBeCloseTo(pair.overlap['20'], 12);
    expect(analysis.comparison).toBeNull();

    const written = JSON.parse(readFileSync(join(out, 'analysis.json'), 'utf8'));
    expect(written.version).toBe(1);
    expect(written.distributions[0].measures.ic_ifd.mean).toBe(icIfd!.mean);
    expect(written.agreement[0].pairs.ic_ifd.ifd.spearman).toBe(spearman);
    expect(readdirSync(out).sort()).toEqual(['analysis.json', 'rows.parquet']);
  });

  it("writes each scored row's measures, which rank joins by hash", async () => {
    const { run, folder } = await referenceRun();
    const out = join(folder, 'analysis');
    await analyze({ runs: [run], out });
    const rows = join(out, 'rows.parquet');
    expect(
      await query(
        `SELECT run, "index", hash, dataset, words_instruction, ic_ifd FROM '${rows}' ORDER BY "index" LIMIT 2`,
      ),
    ).toEqual([
      ['run', 1, 'hash-1', 'data', 2, pair.a[0]],
      ['run', 2, 'hash-2', 'data', 2, pair.a[1]],
    ]);
    const best = join(folder, 'best.jsonl');
    await rank({ run, join: rows, where: 'characters_instruction = 4', by: 'index', ascending: true, out: best });
    expect(indexes(best)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('tells the data files of a run apart', async () => {
    const folder = newFolder();
    const paths = ['a.jsonl', 'b.jsonl'].map((name) => join(folder, name));
    for (const path of paths) writeFileSync(path, plainRows(2));
    const run = await writeRun(folder, paths, [
      scored(0, { icIfd: 1 }),
      scored(1, { icIfd: 2 }),
      scored(2, { icIfd: 5 }),
      scored(3, { icIfd: 7 }),
    ]);
    const { distributions } = await analyze({ runs: [run], out: join(folder, 'analysis') });
    expect(distributions.map(({ group, rows, measures }) => [group, rows, measures.icIfd?.mean])).toEqual([
      [null, 4, 3.75],
      [{ by: 'dataset', value: 'a' }, 2, 1.5],
      [{ by: 'dataset', value: 'b' }, 2, 6],
    ]);
  });

  it('compares runs by samples of equal size, the same way every time', async () => {
    const [one, other] = [await referenceRun(), await referenceRun('other.jsonl', 0.5)];
    const runs = [one.run, other.run];
    const [first, second] = [join(one.folder, 'first'), join(one.folder, 'second')];
    const { comparison } = await analyze({ runs, out: first });
    expect(comparison!.sampleSize).toBe(count);
    const [{ a, b, measures } = { a: '', b: '', measures: {} }] = comparison!.differences;
    expect([a, b]).toEqual(runs);
    expect(measures.icIfd!.value).toBeCloseTo(-0.5, 12);
    // Two independent means, each with the error that numpy finds.
    const error = Math.SQRT2 * reference.bootstrap.standard_error;
    expect((measures.icIfd!.high! - measures.icIfd!.low!) / (2 * 1.96 * error)).toBeGreaterThan(0.9);
    expect((measures.icIfd!.high! - measures.icIfd!.low!) / (2 * 1.96 * error)).toBeLessThan(1.1);
    expect(measures.lossQ).toBeUndefined();

    await analyze({ runs, out: second });
    const bytes = [first, second].map((out) => readFileSync(join(out, 'analysis.json'), 'utf8'));
    expect(bytes[1]).toBe(bytes[0]);
    const sampled = await analyze({ runs, out: second, sample: 50, seed: 4 });
    expect(sampled.comparison).toMatchObject({ sampleSize: 50, seed: 4 });
    expect(sampled.comparison!.means[0]!.measures.icIfd!.value).not.toBe(comparison!.means[0]!.measures.icIfd!.value);
  });

  it('gives no interval of a single row', async () => {
    const [one, other] = [await referenceRun(), await runOver('one.jsonl', plainRows(1), [scored(0, { icIfd: 0.25 })])];
    const { comparison } = await analyze({ runs: [one.run, other.run], out: join(one.folder, 'analysis') });
    expect(comparison!.sampleSize).toBe(1);
    expect(comparison!.means[1]!.measures.icIfd).toEqual({ value: 0.25, low: null, high: null });
    expect(comparison!.differences[0]!.measures.icIfd).toMatchObject({ low: null, high: null });
  });

  it('ends at an abort, and leaves nothing half', async () => {
    const { run, folder } = await referenceRun();
    const out = join(folder, 'analysis');
    const signal = AbortSignal.abort();
    await expect(analyze({ runs: [run], out, signal })).rejects.toMatchObject({ code: 'aborted' });
    const controller = new AbortController();
    const analysing = analyze({
      runs: [run],
      out,
      resamples: 100_000,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(analysing).rejects.toMatchObject({ code: 'aborted' });
    expect(readdirSync(out)).toEqual([]);
  });
});

describe('analyze, of rows that were made', { timeout: 300_000 }, () => {
  it('tells rounds, operations and generators apart, and what became of every request', async () => {
    await using llm = await LoopbackLlm.start();
    const { folder, data } = await seedFolder(6);
    const run = join(folder, 'run');
    const args = ['evolve', data, '--llm', llm.spec, '--rounds', '2', '--score', '-m', 'pocket', '-o', run];
    expect((await runCli([...args, '--quiet'])).code).toBe(0);
    const out = join(folder, 'analysis');
    const { code, stdout } = await runCli(['analyze', run, '-o', out, '--json']);
    expect(code).toBe(0);
    const analysis = JSON.parse(stdout);
    const rows = datasetOf(run).filter(({ evosift }) => evosift.ic_ifd !== null);
    expect(analysis.runs).toMatchObject([{ name: 'run', kind: 'evolve', scored: rows.length }]);
    for (const { group, rows: found, measures } of analysis.distributions) {
      const own = rows.filter(({ round, evosift }) => {
        if (group === null) return true;
        return (
          group.value ===
          String(group.by === 'round' ? round : group.by === 'operation' ? evosift.op : evosift.generator)
        );
      });
      expect([group, found]).toEqual([group, own.length]);
      const mean = own.reduce((sum, { evosift }) => sum + (evosift.ic_ifd ?? NaN), 0) / own.length;
      expect(measures.ic_ifd.mean).toBeCloseTo(mean, 12);
    }
    const kinds = new Set(analysis.distributions.map(({ group }: { group: { by: string } | null }) => group?.by));
    expect([...kinds]).toEqual([undefined, 'round', 'operation', 'generator']);

    const lines = lineageOf(run).filter(({ round }) => round > 0);
    const [whole] = analysis.funnels;
    expect(whole).toMatchObject({ run: 'run', group: null });
    expect(whole.steps[0]).toMatchObject({ step: 'answers', in: lines.length });
    expect(whole.steps[3]).toMatchObject({ out: lines.filter(({ status }) => status === 'survived').length });
    expect(whole.steps[5]).toMatchObject({ step: 'scores', out: rows.length });
    expect(
      await query(`SELECT DISTINCT round, operation, generator FROM '${join(out, 'rows.parquet')}' ORDER BY ALL`),
    ).toEqual(
      [...new Set(rows.map(({ round, evosift }) => JSON.stringify([round, evosift.op, evosift.generator])))]
        .sort()
        .map((row) => JSON.parse(row)),
    );
  });

  it('compares what runs made, without their seeds', async () => {
    await using llm = await LoopbackLlm.start();
    const { folder, data } = await seedFolder(3);
    const runs: string[] = [];
    for (const more of [[], ['--with-seeds']]) {
      const run = join(folder, `run-${runs.length}`);
      const args = ['evolve', data, '--llm', llm.spec, '--score', '-m', 'pocket', '-o', run, '--quiet', ...more];
      expect((await runCli(args)).code).toBe(0);
      runs.push(run);
    }
    const { comparison, agreement, distributions } = await analyze({ runs, out: join(newFolder(), 'analysis') });
    expect(comparison).toMatchObject({ sampleSize: 3, means: [{ seedsLeftOut: 0 }, { seedsLeftOut: 3 }] });
    for (const [place, run] of runs.entries()) {
      const made = datasetOf(run).filter(({ round }) => round > 0);
      expect(made).toHaveLength(3);
      const mean = made.reduce((sum, { evosift }) => sum + (evosift.ic_ifd ?? NaN), 0) / made.length;
      expect(comparison!.means[place]!.measures.icIfd!.value).toBeCloseTo(mean, 12);
      expect(agreement[place]).toMatchObject({ seedsLeftOut: 3 * place, pairs: { icIfd: { ifd: { rows: 3 } } } });
    }
    // By round they stay.
    expect(distributions.filter(({ group }) => group?.by === 'round').map(({ group }) => group!.value)).toEqual([
      '1',
      '0',
      '1',
    ]);
  });

  it('compares runs of the same seeds; of others only where that is meant', async () => {
    await using llm = await LoopbackLlm.start();
    const runs: string[] = [];
    for (const seeds of [3, 3, 4]) {
      const { folder, data } = await seedFolder(seeds);
      const run = join(folder, `run-${runs.length}`);
      const args = ['evolve', data, '--llm', llm.spec, '--score', '-m', 'pocket', '-o', run, '--quiet'];
      expect((await runCli(args)).code).toBe(0);
      runs.push(run);
    }
    const [one, same, other] = runs as [string, string, string];
    const out = join(newFolder(), 'analysis');
    expect((await analyze({ runs: [one, same], out })).comparison!.differences).toMatchObject([
      { a: 'run-0', b: 'run-1', measures: { icIfd: { value: 0 } } },
    ]);
    const refused = await runCli(['analyze', one, other, '-o', out]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('were made of different seeds');
    expect(refused.stderr).toContain('say --allow-different-seeds to compare them all the same');
    // The rows of one of them, scored apart, are made of its seeds all the same.
    const apart = join(newFolder(), 'apart');
    expect((await runCli(['score', other, '-m', 'pocket', '-o', apart, '--quiet'])).code).toBe(0);
    await expect(analyze({ runs: [one, apart], out })).rejects.toThrow('were made of different seeds');
    // The same rows by another limit and in another order.
    const moved = join(newFolder(), 'seeds.jsonl');
    const lines = readFileSync((await seedFolder(3)).data, 'utf8')
      .trimEnd()
      .split('\n')
      .toReversed();
    writeFileSync(moved, `${lines.join('\n')}\n`);
    const again = join(newFolder(), 'again');
    const args = [
      'evolve',
      moved,
      '--llm',
      llm.spec,
      '--score',
      '-m',
      'pocket',
      '-o',
      again,
      '--quiet',
      '--limit',
      '9',
    ];
    expect((await runCli(args)).code).toBe(0);
    expect((await analyze({ runs: [one, again], out })).comparison!.sampleSize).toBe(3);
    const meant = await runCli(['analyze', one, other, '-o', out, '--allow-different-seeds', '--quiet']);
    expect(meant).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('names a run whose rows were not scored', async () => {
    await using llm = await LoopbackLlm.start();
    const { folder, data } = await seedFolder(2);
    const run = join(folder, 'run');
    expect((await runCli(['evolve', data, '--llm', llm.spec, '-o', run, '--quiet'])).code).toBe(0);
    const { code, stderr } = await runCli(['analyze', run, '-o', join(folder, 'analysis')]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${run} holds no scores: score the rows that it made`)]);
  });
});

describe('what analyze refuses', { timeout: 60_000 }, () => {
  const runOf = async (fields: Partial<RunIdentity> = {}): Promise<{ run: string; folder: string }> =>
    runOver('data.jsonl', plainRows(3), [scored(0), scored(1), scored(2)], { identity: fields });

  it('no runs, no directory, no run, one run twice', async () => {
    const { run, folder } = await runOf();
    const out = join(folder, 'analysis');
    await expect(analyze({ out })).rejects.toThrow('analyze: `runs` is missing; name run directories');
    await expect(analyze({ runs: [run] })).rejects.toThrow('analyze: `out` is missing');
    await expect(analyze({ runs: [folder], out })).rejects.toThrow('is no run: it holds no manifest.json');
    await expect(analyze({ runs: [run, `${run}/`], out })).rejects.toThrow('is named twice');
    await expect(analyze({ runs: [run], out, sample: 1 })).rejects.toThrow('`sample` must be an integer of at least 2');
  });

  it('a directory that holds something else', async () => {
    const { run, folder } = await runOf();
    await expect(analyze({ runs: [run], out: run })).rejects.toThrow('holds something else than an analysis');
    await expect(analyze({ runs: [run], out: join(folder, 'data.jsonl') })).rejects.toThrow(
      `\`out\` ${join(folder, 'data.jsonl')} is a file, or lies in one; name a directory`,
    );
    const out = join(folder, 'analysis');
    mkdirSync(out);
    writeFileSync(join(out, 'rows.parquet.1.partial'), 'what a killed process left');
    writeFileSync(join(out, '.DS_Store'), 'what a desktop keeps');
    await analyze({ runs: [run], out });
    await analyze({ runs: [run], out });
  });

  it('runs in which nothing is scored', async () => {
    const { run, folder } = await runOver('data.jsonl', plainRows(2), [
      unscored(0, { reason: 'empty_response' }),
      unscored(1, { reason: 'too_long' }),
    ]);
    await expect(analyze({ runs: [run], out: join(folder, 'analysis') })).rejects.toThrow(
      `${run}: none of its 2 rows is scored (1 empty_response, 1 too_long); have them answered first`,
    );
    const empty = await runOver('data.jsonl', plainRows(1), []);
    await expect(analyze({ runs: [empty.run], out: join(folder, 'analysis') })).rejects.toThrow('has no scores yet');
  });

  it.each([
    [{ recipe: 'aligned' }, 'recipe is "paper" in PATH and "aligned" in PATH'],
    [{ model: 'd'.repeat(64) }, 'model is "bbbbbbbbbbbb…" in PATH and "dddddddddddd…" in PATH'],
    [{ dtype: 'bf16' }, 'dtype is "f32" in PATH and "bf16" in PATH'],
  ] as const)('to compare losses of two kinds: %j', async (fields, said) => {
    const [one, other] = [await runOf(), await runOf(fields)];
    const refused = analyze({ runs: [one.run, other.run], out: join(one.folder, 'analysis') });
    await expect(refused).rejects.toMatchObject({ code: 'run_mismatch' });
    const message = await refused.catch((error: Error) => error.message.replaceAll(/\/\S+\/run\b/g, 'PATH'));
    expect(message).toContain(`The losses of PATH and PATH can't be compared: ${said}`);
  });

  it('but not what does not matter to a loss', async () => {
    expect(identity.engine).toBe('native');
    const [one, other] = [await runOf(), await runOf({ engine: 'onnx', matmul: 'another', format: 'messages' })];
    const { comparison } = await analyze({ runs: [one.run, other.run], out: join(one.folder, 'analysis') });
    expect(comparison!.sampleSize).toBe(3);
    const sampled = analyze({ runs: [one.run, other.run], out: join(one.folder, 'analysis'), sample: 4 });
    await expect(sampled).rejects.toThrow('`sample` is 4, but');
  });

  it('data that changed since they were scored', async () => {
    const { run, folder } = await runOf();
    writeFileSync(join(folder, 'data.jsonl'), plainRows(4));
    await expect(analyze({ runs: [run], out: join(folder, 'analysis') })).rejects.toMatchObject({
      code: 'run_mismatch',
    });
  });
});
