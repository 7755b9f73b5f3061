import { EvosiftError } from '../base/errors.js';
import { batchOf, type OptimiserSets } from './draw-sets.js';
import { methodHash } from './method.js';
import { trialId, type MethodTrial } from './method-trial.js';
import { isPerfect, tooFewAnswers } from './objective.js';
import type { Optimisation } from './optimisation.js';
import { optimiserSampling } from './optimiser.js';
import { stepPart, takeStep, type CurrentMethod } from './step.js';
import { developmentResult, tryMethod } from './try-method.js';

/**
 * Optimises a method of evolving (Auto Evol-Instruct, Zeng et al., 2024, section 3): in each step a batch of training
 * rows is evolved with it, the optimiser analyses what came of them and rewrites the method several times, and the best
 * of these candidates takes its place if it does better on the development set than the method itself did.
 *
 * The same answers give the same methods.
 *
 * @param initial The method's text to begin with.
 * @param keep Awaited with the trials of each step, the initial one's first.
 * @returns Every method that was tried, in order; `bestMethod` finds the one to use.
 * @throws EvosiftError `bad_argument` where rewriting would draw without chance; `generator_unavailable` where the
 *   initial method can't be tried; and as `Asker.ask` and `Scoring.score`.
 */
export async function optimiseMethod(
  optimisation: Optimisation,
  sets: OptimiserSets,
  initial: string,
  keep: (trials: readonly MethodTrial[]) => Promise<void>,
): Promise<readonly MethodTrial[]> {
  // Told before the first request is sent.
  optimiserSampling(optimisation, 'rewrite');
  const { questions, planned, settings } = optimisation;
  for (const [part, count] of planned) questions.plan(part, count);
  const first = await tryInitial(optimisation, sets, initial);
  const trials: MethodTrial[] = [first.trial];
  await keep(trials);
  let { current } = first;
  let stepsWithout = 0;
  let step = 1;
  for (; step <= settings.steps && stepsWithout < settings.patience; step++) {
    if (isPerfect(settings.objective, current.development)) break;
    const tried = new Set(trials.map(({ text }) => text).filter((text) => text !== null));
    const batch = batchOf(sets.training, settings.batch, step);
    const taken = await takeStep(optimisation, { step, current, tried, batch, development: sets.development });
    trials.push(...taken.trials);
    await keep(taken.trials);
    stepsWithout = taken.accepted === null ? stepsWithout + 1 : 0;
    current = taken.accepted ?? current;
  }
  for (; step <= settings.steps; step++) {
    const part = stepPart(optimisation, step);
    questions.plan(part, -(planned.get(part) ?? 0));
  }
  return trials;
}

const firstPart = ({ label }: Optimisation): string => `${label}first method`;

async function tryInitial(
  optimisation: Optimisation,
  { development: rows }: OptimiserSets,
  text: string,
): Promise<{ readonly trial: MethodTrial; readonly current: CurrentMethod }> {
  const { context, questions, planned, settings } = optimisation;
  const { candidates } = settings;
  const id = trialId(0, 0, candidates);
  const part = firstPart(optimisation);
  using asker = questions.share(part, planned.get(part) ?? 0, context.asker);
  const verdicts = await tryMethod({ ...optimisation, context: { ...context, asker } }, { id, text }, rows);
  const development = developmentResult(verdicts);
  if (tooFewAnswers(development) || development.failures.no_answer === 1) {
    const unanswered = verdicts.find((verdict) => verdict.status === 'unanswered');
    throw new EvosiftError(
      'generator_unavailable',
      `The first method can't be tried: of ${rows.length} development rows only ${development.rows} were answered` +
        `${unanswered === undefined ? ', and refused' : ` (${unanswered.detail})`}; try the generator with evosift doctor --llm`,
    );
  }
  const trial = initialTrial(text, candidates, development);
  return { trial, current: { id, text, development } };
}

/** The first method's entry; `development` is null where it is used as it is. */
export const initialTrial = (
  text: string,
  candidates: number,
  development: MethodTrial['development'],
): MethodTrial => ({
  id: trialId(0, 0, candidates),
  parent: null,
  step: 0,
  candidate: 0,
  text,
  sha256: methodHash(text),
  development,
  accepted: true,
  reason: 'initial',
  detail: '',
});
