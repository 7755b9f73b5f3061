import { UNWORDED_PROMPTS, type CountingAsker } from '../ask/counting-asker.js';
import { Questions } from '../ask/questions.js';
import type { Variant } from '../ask/variant.js';
import { drawSets, type OptimiserSets } from './draw-sets.js';
import { initialMethod } from './method.js';
import { MethodArchive } from './method-archive.js';
import { bestMethod, type MethodTrial } from './method-trial.js';
import type { Optimisation } from './optimisation.js';
import { initialTrial, optimiseMethod } from './optimise-method.js';

/** A method to evolve by, and how it was found. */
export interface FoundMethod {
  readonly method: string;
  readonly trials: readonly MethodTrial[];
}

/** What a method is found with; what will be asked is counted first. */
export type MethodSearch = Omit<Optimisation, 'planned'>;

/**
 * The method of `--method auto`: that of the file or the pack, as it is or optimised first.
 *
 * @param rows Read only where the method is optimised: the seeds that training and development rows are drawn from.
 * @param directory Where the methods are kept: `methods/` of the run.
 * @param count Answers while it is counted what will be asked.
 * @param onTrial Told of every method that was tried.
 * @throws EvosiftError `bad_argument`, `bad_data`, `generator_unavailable`, `disk_full`; and as `Asker.ask` and
 *   `Scoring.score`.
 */
export async function findMethod(
  search: MethodSearch,
  rows: () => Iterable<Variant> | AsyncIterable<Variant>,
  directory: string,
  count: CountingAsker,
  onTrial: (trial: MethodTrial) => void = () => {},
): Promise<FoundMethod> {
  const { context, settings } = search;
  const initial = await initialMethod(context.prompts, settings.methodFile);
  const archive = await MethodArchive.open(directory);
  const keep = async (trials: readonly MethodTrial[]): Promise<void> => {
    await archive.keep(trials);
    for (const trial of trials) onTrial(trial);
  };
  let trials: readonly MethodTrial[];
  if (settings.optimise) {
    const sets = await drawSets(rows(), settings);
    const unworded = { ...search, context: { ...context, prompts: UNWORDED_PROMPTS } };
    const planned = await countQuestions(unworded, sets, initial, count);
    trials = await optimiseMethod({ ...search, planned }, sets, initial, keep);
  } else {
    trials = [initialTrial(initial, settings.candidates, null)];
    await keep(trials);
  }
  await archive.finish();
  return { method: bestMethod(trials), trials };
}

/**
 * The questions of an optimisation that takes all of its steps, by part: the very optimisation, answered by rule. Of
 * what can end early that is the most.
 */
export async function countQuestions(
  search: MethodSearch,
  sets: OptimiserSets,
  initial: string,
  asker: CountingAsker,
): Promise<ReadonlyMap<string, number>> {
  const { context, settings } = search;
  const questions = new Questions();
  const counted: Optimisation = {
    ...search,
    context: { ...context, asker },
    // Nothing is ever good enough, and no step without a better method ends it.
    settings: { ...settings, objective: 'ic_ifd', patience: settings.steps },
    scoring: null,
    questions,
    planned: new Map(),
  };
  await optimiseMethod(counted, sets, initial, async () => {});
  return questions.answered;
}
