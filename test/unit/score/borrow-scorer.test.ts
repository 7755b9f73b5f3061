import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifest } from '../../../src/runs/read-run.js';
import { readStepTokens } from '../../../src/runs/step-tokens.js';
import { planEvolution } from '../../../src/evolve/evolution-plan.js';
import { settleEvolveOptions } from '../../../src/evolve/evolve-options.js';
import { parsePlans } from '../../../src/llm/spec.js';
import { defaultDirectory } from '../../../src/score/run/default-directory.js';
import { loadForRun } from '../../../src/score/run/borrow-scorer.js';
import { settleFileScoringOptions } from '../../../src/score/run/score-files-options.js';
import { scoreFiles } from '../../../src/score/run/score-files.js';
import { createScorer, type Scorer } from '../../../src/score/scorer.js';
import { FormulaEngine } from '../../support/formula-engine.js';

const tokenizerDirectory = resolve(import.meta.dirname, '../../../models/pocket');
let folder: string;
let data: string;
let engines: FormulaEngine[] = [];
let asked: (number | undefined)[] = [];
const scorers: Scorer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evosift-step-'));
  data = join(folder, 'rows.jsonl');
  await writeFile(data, '{"instruction":"Count to three.","output":"one, two, three"}\n'.repeat(3));
  engines = [];
  asked = [];
});
afterEach(async () => {
  await Promise.all(scorers.splice(0).map((scorer) => scorer.close()));
});

/** Loads a scorer over a "GPU" that chooses this step where it is told none; undefined: over a CPU. */
const loader =
  (chosen: number | undefined) =>
  async (stepTokens?: number): Promise<Scorer> => {
    asked.push(stepTokens);
    const step = chosen === undefined ? undefined : (stepTokens ?? chosen);
    const engine = new FormulaEngine(step === undefined ? {} : { stepTokens: step });
    const modelHash = async (): Promise<string> => 'formula';
    const scorer = await createScorer(engine, { model: 'formula', tokenizerDirectory, modelHash });
    engines.push(engine);
    scorers.push(scorer);
    return scorer;
  };

const place = (): string => {
  throw new Error('the directory is named');
};

describe('a run on a GPU', () => {
  it('names its step in the manifest; a run on the CPU names none', async () => {
    const [gpu, cpu] = [join(folder, 'gpu'), join(folder, 'cpu')];
    await scoreFiles({ scorer: await loader(4_224)(), data: [data], out: gpu });
    expect((await readManifest(gpu)).identity).toMatchObject({ device: 'cuda', step_tokens: 4_224 });
    expect(await readStepTokens(gpu)).toBe(4_224);
    await scoreFiles({ scorer: await loader(undefined)(), data: [data], out: cpu });
    expect((await readManifest(cpu)).identity).not.toHaveProperty('step_tokens');
    expect(await readStepTokens(cpu)).toBeUndefined();
  });

  it('is gone on with in its own step, whatever the engine would choose now', async () => {
    const out = join(folder, 'run');
    await scoreFiles({ scorer: await loadForRun(loader(4_224), { out, place }), data: [data], out, limit: 1 });
    const scorer = await loadForRun(loader(8_448), { out, place });
    expect(await scoreFiles({ scorer, data: [data], out })).toMatchObject({ rows: 3, complete: true });
    expect(asked).toEqual([undefined, 4_224]);
  });

  it('is another run in another step', async () => {
    const out = join(folder, 'run');
    await scoreFiles({ scorer: await loader(4_224)(), data: [data], out, limit: 1 });
    await expect(scoreFiles({ scorer: await loader(8_448)(), data: [data], out })).rejects.toMatchObject({
      code: 'run_mismatch',
      message: expect.stringContaining('holds another run: step_tokens is 4224 there and 8448 here'),
    });
    expect(await scoreFiles({ scorer: await loader(8_448)(), data: [data], out, force: true })).toMatchObject({
      rows: 3,
    });
    expect(await readStepTokens(out)).toBe(8_448);
  });

  it('does not go on on the CPU, which is the difference that is named', async () => {
    const out = join(folder, 'run');
    await scoreFiles({ scorer: await loader(4_224)(), data: [data], out, limit: 1 });
    const scorer = await loadForRun(loader(undefined), { out, place });
    await expect(scoreFiles({ scorer, data: [data], out })).rejects.toMatchObject({
      code: 'run_mismatch',
      message: expect.stringMatching(/another run: device is "cuda" there and "cpu" here\n/),
    });
  });
});

describe('loadForRun', () => {
  it('loads again where only what was loaded tells the directory', async () => {
    const options = settleFileScoringOptions({ data: [data] });
    const out = join(folder, defaultDirectory(options, (await loader(4_224)()).info));
    await scoreFiles({ scorer: await loader(4_224)(), ...options, out });
    const found = ({ info }: Scorer): string => join(folder, defaultDirectory(options, info));
    for (const [chosen, loads] of [
      [8_448, [undefined, 4_224]],
      [4_224, [undefined]],
    ] as const) {
      asked = [];
      engines = [];
      expect((await loadForRun(loader(chosen), { place: found })).info.stepTokens).toBe(4_224);
      expect(asked).toEqual(loads);
      expect(engines.map(({ closed }) => closed)).toEqual(loads.length === 2 ? [true, false] : [false]);
    }
  });

  it('asks for no directory on the CPU, and closes what it loaded where there is none to be told', async () => {
    expect((await loadForRun(loader(undefined), { place })).info.device).toBe('cpu');
    await expect(loadForRun(loader(4_224), { place })).rejects.toThrow('the directory is named');
    expect(engines.at(-1)?.closed).toBe(true);
  });

  it("takes a reused run's step for a new run, and lets `force` forget the old one", async () => {
    const [out, reuse] = [join(folder, 'run'), join(folder, 'reuse')];
    await scoreFiles({ scorer: await loader(4_224)(), data: [data], out: reuse });
    expect((await loadForRun(loader(8_448), { out, place, reuse })).info.stepTokens).toBe(4_224);
    await scoreFiles({ scorer: await loader(2_176)(), data: [data], out });
    expect((await loadForRun(loader(8_448), { out, place, reuse })).info.stepTokens).toBe(2_176);
    expect((await loadForRun(loader(8_448), { out, place, force: true })).info.stepTokens).toBe(8_448);
  });

  it('loads nothing where a manifest is damaged', async () => {
    const out = join(folder, 'damaged');
    await mkdir(out);
    await writeFile(join(out, 'manifest.json'), '{"version":1}');
    await expect(loadForRun(loader(8_448), { out, place })).rejects.toMatchObject({ code: 'bad_data' });
    expect(asked).toEqual([]);
  });
});

describe('an evolution that scores on a GPU', () => {
  it('has one default directory whatever the step, and its manifest tells the step', async () => {
    const generators = await parsePlans(['openai:none@http://127.0.0.1:9']);
    const settings = settleEvolveOptions({ data: [data], generators });
    const plan = async (step?: number) => planEvolution(settings, await loader(step)(step));
    const [one, other, cpu] = [await plan(4_224), await plan(8_448), await plan()];
    expect(one.out).toBe(other.out);
    expect(cpu.out).not.toBe(one.out);
    const run = join(folder, 'evolution');
    await mkdir(run);
    const { identity } = one;
    await writeFile(join(run, 'manifest.json'), JSON.stringify({ version: 1, program: 'test', identity, starts: [] }));
    expect(await readStepTokens(run)).toBe(4_224);
  });
});
