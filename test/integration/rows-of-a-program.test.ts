import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '../../src/runs/index.js';
import {
  dryRun,
  EvosiftError,
  evolve,
  loadScorer,
  parsePlans,
  rank,
  respond,
  scoreFiles,
  type GeneratorPlan,
  type Outcome,
  type Scorer,
} from '../../src/index.js';
import { packageFile } from '../../src/base/package-file.js';
import { datasetOf, resultOf, seedFolder } from '../support/evolution.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { readJsonLines } from '../support/scored-rows.js';

const GSM8K = packageFile('package.json').replace(/package\.json$/, 'bench/data/gsm8k-60.jsonl');
const MODEL = { model: 'pocket', dtype: 'f32', device: 'cpu' } as const;

async function* streamOf(rows: readonly object[]): AsyncGenerator<object> {
  yield* rows;
}

describe('rows that a program hands over', { timeout: 120_000 }, () => {
  let scorer: Scorer;
  let rows: readonly object[];
  let folder: string;
  let data: string;
  let llm: LoopbackLlm;
  let generators: readonly GeneratorPlan[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evosift-rows-'));
    rows = readJsonLines<object>(GSM8K).slice(0, 20);
    data = join(folder, 'rows.jsonl');
    await writeFile(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    scorer = await loadScorer(MODEL);
    llm = await LoopbackLlm.start();
    generators = await parsePlans([llm.spec]);
  });
  afterAll(async () => {
    await scorer.close();
    await llm.stop();
  });

  it('score as their file does, in a run that goes on with the same rows and refuses others', async () => {
    const [byFile, byRows] = [join(folder, 'by-file'), join(folder, 'by-rows')];
    await scoreFiles({ scorer, data: [data], out: byFile });
    expect(await scoreFiles({ scorer, rows: streamOf(rows), out: byRows, limit: 7 })).toMatchObject({ rows: 7 });
    expect(await scoreFiles({ scorer, rows, out: byRows })).toMatchObject({ rows: 20, complete: true });
    expect(await readFile(join(byRows, 'scores.jsonl'))).toEqual(await readFile(join(byFile, 'scores.jsonl')));
    await expect(scoreFiles({ scorer, rows: rows.slice(1), out: byRows })).rejects.toMatchObject({
      code: 'run_mismatch',
      option: 'out',
    });
  });

  it('with a scorer to load score the same', async () => {
    const [lent, loaded] = [join(folder, 'lent'), join(folder, 'loaded')];
    await scoreFiles({ scorer, rows, out: lent });
    await scoreFiles({ scorer: MODEL, rows, out: loaded });
    expect(await readFile(join(loaded, 'scores.jsonl'))).toEqual(await readFile(join(lent, 'scores.jsonl')));
    expect((await readManifest(loaded)).identity).toEqual((await readManifest(lent)).identity);
  });

  it('rank with their outcomes as their run does', async () => {
    const run = join(folder, 'ranked');
    await scoreFiles({ scorer, data: [data], out: run });
    const outcomes: Outcome[] = [];
    for await (const outcome of scorer.score(rows)) outcomes.push(outcome);
    const scored = rows.map((row, index) => ({ row, outcome: outcomes[index]! }));
    const options = { top: '25%', maxIfd: 1, preview: 3 };
    const ofRun = await rank({ ...options, run, out: join(folder, 'of-run.jsonl') });
    const ofRows = await rank({ ...options, rows: scored, out: join(folder, 'of-rows.jsonl') });
    expect(ofRows).toEqual({ ...ofRun, out: ofRows.out, byRecipe: null });
    expect(ofRows.kept).toBe(5);
    expect(await readFile(ofRows.out!)).toEqual(await readFile(ofRun.out!));
    await expect(rank({ rows: scored, run })).rejects.toMatchObject({ code: 'bad_argument', option: 'rows' });
    await expect(rank({ rows: scored, by: 'nothing' })).rejects.toMatchObject({ code: 'bad_argument', option: 'by' });
  });

  it('rank by what their recipe ranks by, turn by turn where they have turns', async () => {
    const messages = (answers: readonly string[]): object => ({
      messages: answers.flatMap((content, turn) => [
        { role: 'user', content: `Question ${turn} about rivers and towns?` },
        { role: 'assistant', content },
      ]),
    });
    const talks = [messages(['It is long.', 'It is wide and slow.']), messages(['Yes, it floods the meadows.'])];
    const scored: { row: object; outcome: Outcome }[] = [];
    for await (const outcome of scorer.score(talks, { recipe: 'superfiltering', turns: 'each' })) {
      scored.push({ row: talks[outcome.index]!, outcome });
    }
    const summary = await rank({ rows: scored, recipe: 'superfiltering', preview: 3 });
    expect(summary).toMatchObject({ rows: 3, scored: 3, by: 'ifd_ppl', byRecipe: 'superfiltering' });
    expect(summary.top.map(({ index, turn }) => `${index}.${turn}`).toSorted()).toEqual(['0.0', '0.1', '1.0']);
  });

  it('evolve and are answered as their file is', async () => {
    const seeds = await seedFolder(4);
    const given = readJsonLines<object>(seeds.data);
    const [byFile, byRows] = [join(seeds.folder, 'by-file'), join(seeds.folder, 'by-rows')];
    await evolve({ generators, data: [seeds.data], out: byFile });
    await evolve({ generators, rows: streamOf(given), out: byRows });
    expect(await resultOf(byRows)).toEqual(await resultOf(byFile));

    const answered = join(seeds.folder, 'answered');
    expect(await respond({ generator: generators[0]!, rows: given, out: answered })).toMatchObject({ responses: 4 });
    expect(datasetOf(answered)).toHaveLength(4);

    await expect(evolve({ generators, rows: given })).rejects.toMatchObject({ code: 'bad_argument', option: 'out' });
    const planned = await dryRun({ generators, rows: given, out: join(seeds.folder, 'planned') });
    expect(planned.requests.evolve).toBe(4);
    expect(existsSync(join(seeds.folder, 'planned'))).toBe(false);
  });

  it('evolve with a scorer to load, into the directory that a loaded one finds', async () => {
    const seeds = await seedFolder(2);
    const [lent, loaded] = [join(seeds.folder, 'lent'), join(seeds.folder, 'loaded')];
    await evolve({ generators, data: [seeds.data], scorer, out: lent });
    await evolve({ generators, data: [seeds.data], scorer: MODEL, out: loaded });
    expect(await resultOf(loaded)).toEqual(await resultOf(lent));
    const scores = (run: string): Promise<Buffer> => readFile(join(run, 'scored/scores.jsonl'));
    expect(await scores(loaded)).toEqual(await scores(lent));
  });

  it('that are refused leave a run as it was, and an empty place empty', async () => {
    const run = join(folder, 'kept');
    await scoreFiles({ scorer, rows, out: run });
    const files = async (): Promise<readonly Buffer[]> =>
      await Promise.all(['input', 'manifest.json', 'scores.jsonl'].map((name) => readFile(join(run, name))));
    const before = await files();
    const nothing = [{ foo: 1 }];
    for (const refused of [
      { rows: nothing, force: true },
      { rows: [], force: true },
      { rows: [] },
      { rows: rows.slice(1) },
      { rows: [...rows, null as never], force: true },
      { rows, force: true, signal: AbortSignal.abort() },
    ]) {
      await expect(scoreFiles({ scorer, out: run, ...refused })).rejects.toBeInstanceOf(EvosiftError);
      expect(await files()).toEqual(before);
    }
    expect((await readdir(run)).toSorted()).toEqual([
      'input',
      'log.jsonl',
      'manifest.json',
      'scores.jsonl',
      'summary.json',
    ]);
    expect(await rank({ run, top: 1 })).toMatchObject({ kept: 1 });

    const fresh = join(folder, 'fresh');
    await expect(scoreFiles({ scorer, rows: nothing, out: fresh })).rejects.toMatchObject({ code: 'bad_data' });
    expect(existsSync(fresh)).toBe(false);
    expect(await scoreFiles({ scorer, rows, out: fresh })).toMatchObject({ rows: 20 });
  });

  it('are not mixed with those of another call on the same directory', async () => {
    const out = join(folder, 'shared');
    const calls = [rows, rows.slice(3)].map((some) => scoreFiles({ scorer, rows: streamOf(some), out }));
    const ends = await Promise.allSettled(calls);
    const failed = ends.filter((end) => end.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(failed[0]?.reason).toMatchObject({ code: 'run_busy', option: 'out' });
    expect(await rank({ run: out, top: 1 })).toMatchObject({ kept: 1, complete: true });
  });

  it('that never come are given up on when the signal aborts', { timeout: 20_000 }, async () => {
    const stalled = async function* (): AsyncGenerator<object> {
      yield rows[0]!;
      await new Promise(() => {});
    };
    const never = async function* () {
      yield* stalled();
    } as () => AsyncGenerator<never>;
    const aborted = { code: 'aborted' };
    const later = (): AbortSignal => AbortSignal.timeout(200);
    const out = join(folder, 'stalled');
    await expect(scoreFiles({ scorer, rows: stalled(), out, signal: later() })).rejects.toMatchObject(aborted);
    await expect(evolve({ generators, rows: stalled(), out, signal: later() })).rejects.toMatchObject(aborted);
    await expect(dryRun({ generators, rows: stalled(), signal: later() })).rejects.toMatchObject(aborted);
    await expect(rank({ rows: never(), signal: later() })).rejects.toMatchObject({ code: 'bad_data' });
    expect(existsSync(out)).toBe(false);
    const over = AbortSignal.abort();
    for (const call of [
      scoreFiles({ scorer: MODEL, data: [data], signal: over }),
      evolve({ generators, data: [data], signal: over }),
      respond({ generator: generators[0]!, data: [data], signal: over }),
      dryRun({ generators, data: [data], signal: over }),
    ]) {
      await expect(call).rejects.toMatchObject(aborted);
    }
  });

  it('rank with their own outcomes, one at a time scored or not, and nothing else', async () => {
    const pairs: { row: object; outcome: Outcome }[] = [];
    for (const row of rows.slice(0, 3)) {
      for await (const outcome of scorer.score([row])) pairs.push({ row, outcome });
    }
    const out = join(folder, 'one-by-one.jsonl');
    await rank({ rows: pairs, out });
    const texts = readJsonLines<{ evosift: { ic_ifd: number } }>(out).map(({ evosift, ...row }) => [
      row,
      evosift.ic_ifd,
    ]);
    const expected = pairs.map(({ row, outcome }) => [row, Number(outcome.icIfd?.toPrecision(9))] as const);
    expect(texts).toEqual(expected.toSorted((a, b) => b[1] - a[1]));
    for (const bad of [null, 'x', { row: {} }, { row: {}, outcome: {} }, { row: null, outcome: pairs[0]!.outcome }]) {
      await expect(rank({ rows: [bad as never] })).rejects.toMatchObject({
        code: 'bad_data',
        message: expect.stringContaining('row 0 is not {row, outcome}') as string,
      });
    }
    await expect(rank({ rows: [] })).rejects.toMatchObject({ code: 'bad_data' });
  });

  it('that are none are refused before a model is loaded', async () => {
    const refused = { code: 'bad_argument', option: 'data' };
    await expect(scoreFiles({ scorer: { model: '/no/such/model' } })).rejects.toMatchObject(refused);
    await expect(scoreFiles({ scorer: { model: 'pocket', device: 'tpu' }, data: [data] })).rejects.toMatchObject({
      code: 'bad_argument',
      option: 'device',
    });
    await expect(scoreFiles({ scorer, rows: [{ n: 1n }], out: join(folder, 'big') })).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringMatching(/^row 0 cannot be written as JSON/),
    });
  });
});
