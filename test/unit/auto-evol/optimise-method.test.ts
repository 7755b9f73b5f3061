import { describe, expect, it } from 'vitest';
import { drawSets } from '../../../src/auto-evol/draw-sets.js';
import { bestMethod, type MethodTrial } from '../../../src/auto-evol/method-trial.js';
import type { Optimisation } from '../../../src/auto-evol/optimisation.js';
import { optimiseMethod } from '../../../src/auto-evol/optimise-method.js';
import { CountingAsker } from '../../../src/ask/counting-asker.js';
import { countQuestions } from '../../../src/auto-evol/find-method.js';
import { ASSUMPTIONS } from '../../../src/evolve/assumptions.js';
import { Questions } from '../../../src/ask/questions.js';
import { settleAutoOptions, type AutoOptions } from '../../../src/auto-evol/options.js';
import type { Question } from '../../../src/llm/question.js';
import type { FailureKind } from '../../../src/llm/request-error.js';
import { flavourScoring, optimisationOf, plan, rowsOf, settingsOf, WorldAsker, type World } from './method-world.js';

interface Optimised {
  readonly asker: WorldAsker;
  readonly trials: readonly MethodTrial[];
  /** The trials by the calls that they were kept in. */
  readonly kept: readonly (readonly MethodTrial[])[];
}

async function optimise(
  world: World,
  options: Omit<AutoOptions, 'optimise'> = {},
  given: Partial<Optimisation> = {},
): Promise<Optimised> {
  const asker = new WorldAsker(world);
  const settings = settingsOf({ batch: 2, development: 20, candidates: 3, steps: 4, ...options });
  const sets = await drawSets(rowsOf(120), settings);
  const kept: (readonly MethodTrial[])[] = [];
  const optimisation = optimisationOf(asker, settings, given);
  const planned = await countQuestions(optimisation, sets, '', new CountingAsker(ASSUMPTIONS));
  const trials = await optimiseMethod({ ...optimisation, planned }, sets, 'Make it harder.', async (some) => {
    kept.push([...some]);
  });
  return { asker, trials, kept };
}

const reasons = (trials: readonly MethodTrial[]): string[] => trials.map(({ id, reason }) => `${id} ${reason}`);

describe('optimiseMethod', () => {
  it('takes the best candidate of each step that beats the method before it', async () => {
    const skills = [
      [30, 60, 50],
      [55, 80, 70],
    ];
    const { trials, kept } = await optimise(
      { rewriting: ({ step, sample }) => ({ skill: skills[step - 1]![sample]! }) },
      { steps: 2 },
    );
    expect(reasons(trials)).toEqual([
      '0000-initial initial',
      '0001-step-1-candidate-1 not_best',
      '0002-step-1-candidate-2 improved',
      '0003-step-1-candidate-3 not_best',
      '0004-step-2-candidate-1 no_improvement',
      '0005-step-2-candidate-2 improved',
      '0006-step-2-candidate-3 not_best',
    ]);
    expect(trials.map(({ accepted }) => accepted)).toEqual([true, false, true, false, false, true, false]);
    expect(trials.map(({ parent }) => parent)).toEqual([
      null,
      ...Array<string>(3).fill('0000-initial'),
      ...Array<string>(3).fill('0002-step-1-candidate-2'),
    ]);
    expect(bestMethod(trials)).toContain('Skill 80');
    expect(kept.map((some) => some.length)).toEqual([1, 3, 3]);
  });

  it("counts the share of the development rows that fail, of each kind, and says so of the method's own", async () => {
    const { asker, trials } = await optimise({ rewriting: () => ({ skill: 100 }) }, { steps: 1 });
    const developed = asker.of('auto').filter(({ key }) => key.item.startsWith('0000-initial'));
    const stuck = developed.filter(({ key }) => (Number(key.item.split('.')[1]) * 37) % 100 >= 20).length;
    expect(developed).toHaveLength(20);
    expect(trials[0]!.development).toEqual({
      rows: 20,
      unanswered: 0,
      failures: { stagnation: stuck / 20 },
      rate: stuck / 20,
      scored: 0,
      meanIcIfd: null,
    });
    expect(trials[1]!.development).toMatchObject({ failures: {}, rate: 0 });
  });

  it('tries methods on rows that no batch is made of, evolved and answered', async () => {
    const { asker } = await optimise({ rewriting: ({ step, sample }) => ({ skill: 25 + step * 10 + sample }) });
    const seedsOf = (inBatch: boolean): Set<string> =>
      new Set(
        asker
          .of('auto')
          .filter(({ key }) => key.item.startsWith('step-') === inBatch)
          .map(({ key }) => key.item.split('.')[1]!),
      );
    expect(seedsOf(true).size).toBe(8);
    expect([...seedsOf(true)].filter((seed) => seedsOf(false).has(seed))).toEqual([]);
    expect(asker.of('respond').map(({ key }) => key.item)).toEqual(
      expect.arrayContaining([...seedsOf(false)].map((seed) => `0000-initial.${seed}.1`)),
    );
    expect(asker.of('respond').some(({ key }) => key.item.startsWith('step-'))).toBe(false);
  });

  it('gives every request a key of its own, and the same ones each time', async () => {
    const world: World = { rewriting: ({ step, sample }) => ({ skill: 25 + step * 10 + sample }) };
    const [first, second] = [await optimise(world), await optimise(world)];
    const keys = first.asker.questions.map(({ key }) => JSON.stringify(key));
    expect(new Set(keys).size).toBe(keys.length);
    expect(second.asker.questions.map(({ key }) => JSON.stringify(key)).toSorted()).toEqual(keys.toSorted());
    expect(second.trials).toEqual(first.trials);
    expect(first.asker.questions.every(({ key }) => key.stage === 'optimise')).toBe(true);
  });

  it('evolves a batch over several rounds and shows them to the optimiser', async () => {
    const { asker } = await optimise({ rewriting: () => ({ skill: 20 }) }, { steps: 1, batchRounds: 3, batch: 10 });
    const rounds = asker.of('auto').filter(({ key }) => key.item.startsWith('step-1.'));
    expect(rounds).toHaveLength(30);
    const analysis = asker
      .of('analyse')[0]!
      .messages.map(({ content }) => content)
      .join('\n');
    const seeds = new Set(rounds.map(({ key }) => key.item.split('.')[1]));
    for (const seed of seeds) expect(analysis).toContain(`Task ${seed}:`);
    const grown = rounds.some(({ messages }) =>
      messages.some(({ content }) => content.includes('why winter changes it')),
    );
    expect(grown).toBe(true);
    expect(analysis).toContain('why winter changes it');
    expect(analysis).toContain('Make it harder.');
  });

  it('ends when so many steps as patience says brought nothing better', async () => {
    const { trials, asker } = await optimise({ rewriting: ({ sample }) => ({ skill: 5 + sample }) }, { patience: 2 });
    expect(trials.at(-1)!.step).toBe(2);
    expect(asker.of('analyse')).toHaveLength(2);
    expect(bestMethod(trials)).toBe('Make it harder.');
  });

  it('ends when no row fails any more', async () => {
    const { trials } = await optimise({ rewriting: () => ({ skill: 100 }) });
    expect(reasons(trials)).toEqual([
      '0000-initial initial',
      '0001-step-1-candidate-1 improved',
      '0002-step-1-candidate-2 repeated',
      '0003-step-1-candidate-3 repeated',
    ]);
  });

  it('draws candidates apart, even where a seed is set', async () => {
    const asker = new WorldAsker({ rewriting: ({ sample }) => ({ skill: sample }) });
    const settings = settingsOf({ batch: 2, development: 20, candidates: 3, steps: 1 });
    const { context, ...others } = optimisationOf(asker, settings);
    const sampling = { ...context.sampling, seed: 7 };
    const sets = await drawSets(rowsOf(120), settings);
    await optimiseMethod({ ...others, context: { ...context, sampling } }, sets, 'Make it harder.', async () => {});
    expect(asker.of('rewrite').map((question) => question.sampling)).toEqual([
      { maxTokens: 512, temperature: 0.7, topP: 0.95, seed: 7 },
      { maxTokens: 512, temperature: 0.7, topP: 0.95, seed: 8 },
      { maxTokens: 512, temperature: 0.7, topP: 0.95, seed: 9 },
    ]);
  });

  it.each([
    ['the command', {}, 0],
    ['the configuration', { rewrite: { temperature: 0 } }, 0.7],
  ])('refuses temperature 0 of %s before the first request', async (_, own, temperature) => {
    const asker = new WorldAsker({ rewriting: () => null });
    const settings = settingsOf({ batch: 2, development: 3 });
    const { context, ...others } = optimisationOf(asker, settings, { optimiser: plan('small', own) });
    const sampling = { ...context.sampling, temperature };
    const sets = await drawSets(rowsOf(50), settings);
    const run = optimiseMethod(
      { ...others, context: { ...context, sampling } },
      sets,
      'Make it harder.',
      async () => {},
    );
    await expect(run).rejects.toMatchObject({ code: 'bad_argument', message: /above 0 \(--temperature, or/ });
    expect(asker.questions).toEqual([]);
  });

  describe('by IC-IFD', () => {
    it('takes what raises the mean without more failures', async () => {
      const methods = [
        { skill: 10, flavour: 50 },
        { skill: 60, flavour: 5 },
        { skill: 60, flavour: 9 },
      ];
      const { trials } = await optimise(
        { rewriting: ({ sample }) => methods[sample]! },
        { objective: 'ic_ifd', steps: 1 },
        { scoring: flavourScoring },
      );
      expect(trials.map(({ reason }) => reason)).toEqual(['initial', 'more_failures', 'not_best', 'improved']);
      const means = trials.map(({ development }) => development!.meanIcIfd!);
      expect(means[3]).toBeGreaterThan(means[2]!);
      expect(trials.every(({ development }) => development!.scored === 20)).toBe(true);
    });

    it('goes on where no row fails, for there is still something to gain', async () => {
      const { trials } = await optimise(
        { rewriting: ({ step }) => ({ skill: 100, flavour: step }) },
        { objective: 'ic_ifd', steps: 3, candidates: 1 },
        { scoring: flavourScoring },
      );
      expect(trials.map(({ reason }) => reason)).toEqual(['initial', 'improved', 'improved', 'improved']);
    });
  });

  describe('where requests fail', () => {
    it('says what came in place of a method, and goes on with the others', async () => {
      const { trials } = await optimise(
        {
          rewriting: ({ sample }) => (sample === 0 ? null : { skill: 60 }),
          failing: ({ key }) => (key.operation === 'rewrite' && key.sample === 1 ? 'timeout' : null),
        },
        { steps: 1 },
      );
      expect(trials.map(({ reason }) => reason)).toEqual(['initial', 'no_method', 'request_failed', 'improved']);
      expect(trials[2]).toMatchObject({ text: null, sha256: null, development: null });
      expect(trials[2]!.detail).toBe('timeout: the rewrite request was turned down');
    });

    it('counts a step without an analysis as one without a better method', async () => {
      const { trials } = await optimise({
        rewriting: () => ({ skill: 60 }),
        failing: ({ key }) => (key.operation === 'analyse' ? 'server_error' : null),
      });
      expect(reasons(trials)).toEqual([
        '0000-initial initial',
        '0001-step-1 analysis_failed',
        '0004-step-2 analysis_failed',
      ]);
    });

    it('shows a small optimiser less of the trajectories', async () => {
      const { trials, asker } = await optimise(
        {
          rewriting: () => ({ skill: 60 }),
          failing: ({ key, messages }) =>
            key.operation === 'analyse' && messages.map(({ content }) => content).join('').length > 6_000
              ? 'context_overflow'
              : null,
        },
        { steps: 1, batch: 30, development: 20 },
      );
      expect(
        asker
          .of('analyse')
          .map(({ key }) => key.attempt)
          .at(-1),
      ).toBeGreaterThan(0);
      expect(trials[1]!.reason).toBe('improved');
    });

    it('leaves rows out of the rates that a busy server did not answer, and counts those that it refused', async () => {
      const answerOf = new Map<string, FailureKindOrNull>();
      const { trials } = await optimise(
        {
          rewriting: () => ({ skill: 60 }),
          failing: ({ key }) => {
            if (key.operation !== 'respond' || !key.item.startsWith('0000')) return null;
            const kind = ([null, null, 'timeout', 'content_filter'] as const)[answerOf.size % 4] ?? null;
            answerOf.set(key.item, kind);
            return kind;
          },
        },
        { steps: 1 },
      );
      expect(trials[0]!.development).toMatchObject({ rows: 15, unanswered: 5 });
      expect(trials[0]!.development!.failures.no_answer).toBeCloseTo(5 / 15, 12);
    });

    it('does not take a method that most rows have no answer for', async () => {
      const { trials } = await optimise(
        {
          rewriting: () => ({ skill: 100 }),
          failing: ({ key }) =>
            key.operation === 'respond' && key.item.startsWith('0001') && Number(key.item.split('.')[1]) % 5 > 0
              ? 'rate_limited'
              : null,
        },
        { steps: 1, candidates: 1 },
      );
      expect(trials[1]).toMatchObject({ reason: 'too_few_answers', accepted: false });
      expect(trials[1]!.detail).toBe('rate_limited: the respond request was turned down');
    });

    it('says that the first method could not be tried', async () => {
      const run = optimise({ rewriting: () => null, failing: () => 'unauthorized' });
      await expect(run).rejects.toMatchObject({
        code: 'generator_unavailable',
        message: /only 0 were answered \(unauthorized: the auto request was turned down\)/,
      });
    });
  });
});

type FailureKindOrNull = 'timeout' | 'content_filter' | null;

describe('the questions of an optimisation', () => {
  const options = { batch: 2, development: 20, candidates: 3, steps: 4 };
  const counted = async (world: World, given: Omit<AutoOptions, 'optimise'> = {}) => {
    const seen: string[] = [];
    const questions = new Questions();
    const failing = (question: Question): FailureKind | null => {
      const planned = questions.parts.reduce((sum, part) => sum + part.planned, 0);
      const underWay = questions.parts.findLast(({ answered }) => answered > 0)?.name;
      seen.push(`${underWay} of ${planned}`);
      return world.failing?.(question) ?? null;
    };
    const { asker } = await optimise({ ...world, failing }, { ...options, ...given }, { questions, label: 'small, ' });
    return { seen, parts: questions.parts, asked: asker.questions.length };
  };

  it('are planned as the dry run counts them, and told by step and candidate', async () => {
    const { seen, parts, asked } = await counted(
      { rewriting: ({ step, sample }) => ({ skill: 21 + 4 * step + sample }) },
      { patience: 4 },
    );
    // The first method on 20 rows, evolved and answered; four steps of 2 rows in 3 rounds, 1 analysis, 3 rewritings,
    // each tried as the first method was.
    expect(seen[0]).toBe(`undefined of ${40 + 4 * (6 + 1 + 3 + 3 * 40)}`);
    const told = new Set(seen.map((line) => line.replace(/ of \d+$/, '')));
    expect([...told].slice(0, 4)).toEqual([
      'undefined',
      'small, first method',
      'small, step 1 of 4',
      'small, step 1 of 4, candidate 1 of 3',
    ]);
    expect(told).toContain('small, step 2 of 4');
    expect(parts.map(({ name }) => name)).toEqual([
      'small, first method',
      ...[1, 2, 3, 4].map((step) => `small, step ${step} of 4, candidate 3 of 3`),
    ]);
    for (const { answered, planned } of parts) expect(answered).toBe(planned);
    expect(parts.reduce((sum, { answered }) => sum + answered, 0)).toBe(asked);
  });

  it('are dropped of steps that are not taken, and of those that come to nothing', async () => {
    const failing = ({ key }: Question): FailureKind | null => (key.operation === 'analyse' ? 'bad_request' : null);
    const { parts, asked } = await counted({ rewriting: () => null, failing }, { patience: 2 });
    // A step's batch of 2 rows over 3 rounds, and the analysis.
    expect(parts.slice(1).map(({ answered, planned }) => `${answered}/${planned}`)).toEqual([
      '7/7',
      '7/7',
      '0/0',
      '0/0',
    ]);
    expect(parts.reduce((sum, { answered }) => sum + answered, 0)).toBe(asked);
  });
});

describe('countQuestions', () => {
  it('counts what an optimisation can send at most', async () => {
    const settings = settleAutoOptions({ optimise: true, preset: 'published' }, false);
    const asker = new CountingAsker(ASSUMPTIONS);
    const sets = await drawSets(rowsOf(150), settings);
    await countQuestions(optimisationOf(asker, settings), sets, 'Make it harder.', asker);
    // 51 methods on 50 rows; 10 steps of 10 rows for 3 rounds; an analysis and 5 rewritings a step.
    expect(Object.fromEntries(asker.requests)).toEqual({ auto: 2_850, respond: 2_550, analyse: 10, rewrite: 50 });
  });
});
