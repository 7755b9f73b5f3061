import { hash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CountingAsker } from '../../../src/ask/counting-asker.js';
import type { Variant } from '../../../src/ask/variant.js';
import { findMethod } from '../../../src/auto-evol/find-method.js';
import { readMethodFile } from '../../../src/auto-evol/method.js';
import type { MethodTrial } from '../../../src/auto-evol/method-trial.js';
import { settleAutoOptions, type AutoSettings } from '../../../src/auto-evol/options.js';
import type { Scoring } from '../../../src/score/scoring-stream.js';
import { ASSUMPTIONS } from '../../../src/evolve/assumptions.js';
import { flavourScoring, optimisationOf, rowsOf, settingsOf, WorldAsker } from './method-world.js';

let folder: string;
let methods: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evosift-methods-'));
  methods = join(folder, 'methods');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const noRows = (): never => {
  throw new Error('the rows are not needed');
};

const skilled = (skill: number): WorldAsker =>
  new WorldAsker({ rewriting: ({ sample }) => ({ skill: skill + sample, flavour: sample }) });

const find = (
  asker: WorldAsker,
  rows: () => Variant[],
  settings: AutoSettings,
  { directory = methods, scoring = null, onTrial = () => {} }: FindOptions = {},
) => findMethod(optimisationOf(asker, settings, { scoring }), rows, directory, new CountingAsker(ASSUMPTIONS), onTrial);

interface FindOptions {
  readonly directory?: string;
  readonly scoring?: Scoring | null;
  readonly onTrial?: (trial: MethodTrial) => void;
}

const sizes = { batch: 2, development: 10, candidates: 2, steps: 2 };

describe('findMethod', () => {
  it("evolves by the pack's own first method where nothing is optimised, and keeps it", async () => {
    const asker = skilled(0);
    const settings = settleAutoOptions({}, false);
    const { method, trials } = await find(asker, noRows, settings);
    expect(method.length).toBeGreaterThan(100);
    expect(trials).toMatchObject([{ id: '0000-initial', text: method, development: null, accepted: true }]);
    expect(asker.questions).toEqual([]);
    expect((await readdir(methods)).toSorted()).toEqual(['0000-initial.json', 'best.txt']);
    expect(await readFile(join(methods, 'best.txt'), 'utf8')).toBe(`${method}\n`);
  });

  it('keeps every method with its scores, and the best one', async () => {
    const told: string[] = [];
    const { method } = await find(skilled(60), () => rowsOf(60), settingsOf({ ...sizes, patience: 1 }), {
      scoring: flavourScoring,
      onTrial: ({ id }) => told.push(id),
    });
    const names = (await readdir(methods)).toSorted();
    expect(names).toEqual([...told.map((id) => `${id}.json`), 'best.txt'].toSorted());
    expect(told.slice(0, 3)).toEqual(['0000-initial', '0001-step-1-candidate-1', '0002-step-1-candidate-2']);
    expect(await readFile(join(methods, 'best.txt'), 'utf8')).toBe(`${method}\n`);

    const trial = JSON.parse(await readFile(join(methods, '0001-step-1-candidate-1.json'), 'utf8'));
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
  });

  it('begins with a method of an earlier run, as text or as its file there', async () => {
    const first = await find(skilled(60), () => rowsOf(60), settingsOf({ ...sizes, patience: 1 }));
    const best = first.trials.findLast(({ accepted }) => accepted)!;
    for (const name of ['best.txt', `${best.id}.json`]) {
      const methodFile = join(methods, name);
      const settings = settleAutoOptions({ methodFile }, false);
      const again = await find(skilled(0), noRows, settings, { directory: join(folder, `again-${name}`) });
      expect(again.method).toBe(first.method);
      const optimised = await find(skilled(0), () => rowsOf(60), settingsOf({ ...sizes, methodFile, patience: 1 }), {
        directory: join(folder, `on-${name}`),
      });
      expect(optimised.trials[0]).toMatchObject({ text: first.method, development: best.development });
    }
  });

  it('leaves the same files when it is started again, and none of trials that it no longer comes to', async () => {
    const start = async (): Promise<string[]> => {
      await find(skilled(60), () => rowsOf(60), settingsOf({ ...sizes, patience: 1 }));
      const names = (await readdir(methods)).toSorted();
      return Promise.all(names.map(async (name) => `${name} ${await readFile(join(methods, name), 'utf8')}`));
    };
    const before = await start();
    await writeFile(join(methods, '0099-step-50-candidate-1.json'), '{}\n');
    await writeFile(join(methods, 'notes.txt'), 'mine\n');
    const after = await start();
    expect(after).toEqual([...before, 'notes.txt mine\n'].toSorted());
  });

  it('keeps the methods so far when it is stopped on the way', async () => {
    const asker = new WorldAsker({
      rewriting: ({ step }) => {
        if (step === 2) throw new Error('the power went');
        return { skill: 60 };
      },
    });
    const run = find(asker, () => rowsOf(60), settingsOf(sizes));
    await expect(run).rejects.toThrow('the power went');
    expect(await readMethodFile(join(methods, 'best.txt'))).toContain('Skill 60');
    expect((await readdir(methods)).length).toBe(4);
  });

  it('needs more rows than the sets', async () => {
    const run = find(skilled(0), () => rowsOf(11), settingsOf(sizes));
    await expect(run).rejects.toMatchObject({ code: 'bad_argument', message: /needs 12 different rows .* has 11/ });
  });
});

describe('readMethodFile', () => {
  it.each([
    ['empty.txt', ' \n', 'the method is empty'],
    ['list.json', '["method"]', 'a JSON file must be an object with the method as its text'],
    ['failed.json', '{"text":null}', 'a JSON file must be an object with the method as its text'],
    ['torn.json', '{"text":"Make', 'a JSON file must be an object with the method as its text'],
  ])('refuses %s', async (name, content, message) => {
    const path = join(folder, name);
    await writeFile(path, content);
    await expect(readMethodFile(path)).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringContaining(message),
    });
    await expect(readMethodFile(path)).rejects.toThrow(path);
  });

  it('names a file that is not there', async () => {
    const path = join(folder, 'none.txt');
    await expect(readMethodFile(path)).rejects.toMatchObject({
      code: 'bad_data',
      message: `${path}: there is no such file or directory`,
    });
  });
});
