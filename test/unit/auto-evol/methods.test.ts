import { hash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createScorer, evolve, type AutoOptions, type EvolveOptions } from '../../../src/index.js';
import { withOwnSeed } from '../../../src/llm/fleet/own-seed.js';
import { datasetOf } from '../../support/evolution.js';
import { planOf } from '../../support/fleet-fixture.js';
import { FormulaEngine } from '../../support/formula-engine.js';
import { ScriptedLlm, type Asked, type Script } from '../../support/scripted-llm.js';
import { rowsOf } from './method-world.js';

let folder: string;
let out: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evosift-methods-'));
  out = join(folder, 'run');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const SEED = 5;
const SIZES = { optimise: true, batch: 2, development: 10, candidates: 2, steps: 2 } as const;

/** By the seed of its request, which step's rewriting it is, and the how manyth, from 0. */
const REWRITINGS = new Map(
  [1, 2].flatMap((step) =>
    [0, 1].map((sample) => {
      const key = { stage: 'optimise', item: `step-${step}.0`, operation: 'rewrite', sample, attempt: 0 };
      const { sampling } = withOwnSeed({ key, sampling: { seed: SEED + sample } } as never);
      return [sampling.seed, { step, sample }] as const;
    }),
  ),
);

/** A method of skill S evolves the share S of all rows and gives the others back as they were; the first has 20. */
function world(skillOf: (place: { readonly step: number; readonly sample: number }) => number): Script {
  return ({ prompt, instruction, method, body }: Asked): string => {
    switch (prompt) {
      case 'evolve-by-method': {
        const skill = Number(/Skill (\d+)/.exec(method)?.[1] ?? 20);
        const difficulty = (Number(/Task (\d+)/.exec(instruction)![1]) * 37) % 100;
        const grown = `${instruction} Explain in two sentences of their own why winter changes it.`;
        return `Plan.\n#Final Instruction#\n${difficulty < skill ? grown : instruction}`;
      }
      case 'rewrite-method':
        return `Improved.\n#New Method#\nAdd one requirement to the task. Skill ${skillOf(REWRITINGS.get(body.seed)!)}.`;
      case 'analyse':
        return 'Some tasks come back as they were: ask for one more requirement each time.';
      default:
        return 'They rise at dawn, look for food along the water and rest through the afternoon, because it is warm.';
    }
  };
}

const better = world(({ sample }) => 60 + sample);

interface Given extends Omit<Partial<EvolveOptions>, 'auto' | 'rows'> {
  readonly rows?: number;
}

/** Evolves rows by the methods of a scripted generator, and gives what it was asked. */
async function evolveBy(script: Script, auto: AutoOptions, { rows = 16, ...options }: Given = {}): Promise<Asked[]> {
  await using llm = await ScriptedLlm.start(script);
  const data = join(folder, 'seeds.jsonl');
  const lines = rowsOf(rows).map(({ instruction }) => `${JSON.stringify({ instruction, output: '' })}\n`);
  await writeFile(data, lines.join(''));
  const run = { data: [data], out, prompts: llm.prompts, generators: [planOf(llm)], seed: SEED, retries: 0 };
  await evolve({ ...run, method: 'auto', auto, ...options });
  return llm.asked;
}

const methodsIn = async (run: string): Promise<string[]> => (await readdir(join(run, 'methods'))).toSorted();
const methodFile = (run: string, name: string): Promise<string> => readFile(join(run, 'methods', name), 'utf8');

async function trialsOf(run: string) {
  const names = (await methodsIn(run)).filter((name) => name.endsWith('.json'));
  return Promise.all(names.map(async (name) => JSON.parse(await methodFile(run, name))));
}

describe('the methods of an evolution', { timeout: 60_000 }, () => {
  it("are the pack's own first one where nothing is optimised", async () => {
    const asked = await evolveBy(better, {}, { rows: 2 });
    const first = await readFile(resolve(import.meta.dirname, '../../../prompts/method-initial.jinja'), 'utf8');
    expect(await methodsIn(out)).toEqual(['0000-initial.json', 'best.txt']);
    expect(await methodFile(out, 'best.txt')).toBe(first);
    expect(await trialsOf(out)).toMatchObject([
      { id: '0000-initial', text: first.trim(), development: null, accepted: true },
    ]);
    expect(asked.map(({ prompt, method }) => [prompt, method])).toEqual(
      [1, 2].map(() => ['evolve-by-method', first.trim()]),
    );
  });

  it('are kept with their scores, and the best one, by which the rows are evolved', async () => {
    const engine = new FormulaEngine();
    const tokenizerDirectory = resolve(import.meta.dirname, '../../../models/pocket');
    const modelHash = async (): Promise<string> => 'formula';
    await using scorer = await createScorer(engine, { model: 'formula', tokenizerDirectory, modelHash });
    const told: string[] = [];
    const ignore = (): void => {};
    const info = (_: object, message: string): void => void told.push(message);
    const logger = { debug: ignore, info, warn: ignore, error: ignore };
    await evolveBy(better, { ...SIZES, patience: 1 }, { scorer, logger });
    const names = ['0000-initial', ...[1, 2].map((number) => `000${number}-step-1-candidate-${number}`)];
    const ids = [...names, ...[3, 4].map((number) => `000${number}-step-2-candidate-${number - 2}`)];
    expect(await methodsIn(out)).toEqual([...ids.map((id) => `${id}.json`), 'best.txt']);
    const trials = await trialsOf(out);
    expect(told.map((message) => message.split(' ').slice(0, 4).join(' '))).toEqual(
      trials.map(
        ({ id, reason, development }) => `openai:loopback: method ${id} ${reason}${development === null ? '' : ','}`,
      ),
    );
    const [, trial] = trials;
    expect(Object.keys(trial)).toEqual([
      'id',
      'parent',
      'step',
      'candidate',
      'text',
      'sha256',
      'accepted',
      'reason',
      'detail',
      'development',
    ]);
    expect(trial).toMatchObject({ id: '0001-step-1-candidate-1', parent: '0000-initial', step: 1, candidate: 1 });
    expect(trial.sha256).toBe(hash('sha256', trial.text));
    expect(Object.keys(trial.development)).toEqual(['rows', 'unanswered', 'failures', 'rate', 'scored', 'mean_ic_ifd']);
    expect(trial.development).toMatchObject({ rows: 10, unanswered: 0, scored: 10 });
    const best = trials.findLast(({ accepted }) => accepted);
    expect(best.text).toContain('Skill 6');
    expect(await methodFile(out, 'best.txt')).toBe(`${best.text}\n`);
    const skill = Number(/Skill (\d+)/.exec(best.text)![1]);
    const evolved = rowsOf(16).filter((_, index) => (index * 37) % 100 < skill);
    expect(datasetOf(out).map(({ lineage }) => lineage)).toEqual(evolved.map(({ seed }) => seed));
  });

  it('begin with one of an earlier run, as text or as its file there', async () => {
    await evolveBy(better, { ...SIZES, patience: 1 });
    const best = (await trialsOf(out)).findLast(({ accepted }) => accepted);
    for (const name of ['best.txt', `${best.id}.json`]) {
      const file = join(out, 'methods', name);
      const [again, on] = [join(folder, `again-${name}`), join(folder, `on-${name}`)];
      const asked = await evolveBy(better, { methodFile: file }, { out: again });
      expect(new Set(asked.map(({ method }) => method))).toEqual(new Set([best.text]));
      await evolveBy(better, { ...SIZES, methodFile: file, patience: 1 }, { out: on });
      expect((await trialsOf(on))[0]).toMatchObject({ text: best.text, development: best.development });
    }
  });

  it('come to the same files when the run is started again, and none of trials that it no longer comes to', async () => {
    const start = async (): Promise<string[]> => {
      await evolveBy(better, { ...SIZES, patience: 1 });
      return Promise.all((await methodsIn(out)).map(async (name) => `${name} ${await methodFile(out, name)}`));
    };
    const before = await start();
    await writeFile(join(out, 'methods', '0099-step-50-candidate-1.json'), '{}\n');
    await writeFile(join(out, 'methods', 'notes.txt'), 'mine\n');
    expect(await start()).toEqual([...before, 'notes.txt mine\n'].toSorted());
  });

  it('so far are kept when the run is stopped on the way', async () => {
    const controller = new AbortController();
    const stopping = world(({ step }) => {
      if (step === 2) controller.abort();
      return 60;
    });
    const stopped = evolveBy(stopping, SIZES, { signal: controller.signal });
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    expect(await methodFile(out, 'best.txt')).toContain('Skill 60');
    expect(await methodsIn(out)).toEqual([
      '0000-initial.json',
      '0001-step-1-candidate-1.json',
      '0002-step-1-candidate-2.json',
      'best.txt',
    ]);
  });

  it('need more rows than the sets', async () => {
    const few = evolveBy(better, SIZES, { rows: 11 });
    await expect(few).rejects.toMatchObject({ code: 'bad_argument', message: /needs 12 different rows .* has 11/ });
  });
});

describe('the file of a method', () => {
  const evolveFrom = (path: string): Promise<unknown> => evolveBy(() => 500, { methodFile: path }, { rows: 1 });

  it.each([
    ['empty.txt', ' \n', 'the method is empty'],
    ['list.json', '["method"]', 'a JSON file must be an object with the method as its text'],
    ['failed.json', '{"text":null}', 'a JSON file must be an object with the method as its text'],
    ['torn.json', '{"text":"Make', 'a JSON file must be an object with the method as its text'],
  ])('is refused where it is %s', async (name, content, message) => {
    const path = join(folder, name);
    await writeFile(path, content);
    const refused = evolveFrom(path);
    await expect(refused).rejects.toMatchObject({ code: 'bad_data', message: expect.stringContaining(message) });
    await expect(refused).rejects.toThrow(path);
  });

  it('is named where it is not there', async () => {
    const path = join(folder, 'none.txt');
    await expect(evolveFrom(path)).rejects.toMatchObject({
      code: 'bad_data',
      message: `${path}: there is no such file or directory`,
    });
  });
});
