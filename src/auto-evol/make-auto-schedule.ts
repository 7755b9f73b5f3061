import type { Schedule, Variant } from '../evolve/variant.js';
import { drawSets } from './draw-sets.js';
import { MethodArchive } from './method-archive.js';
import { initialMethod } from './initial-method.js';
import { autoSchedule } from './method.js';
import type { MethodParts } from './method-parts.js';
import { bestMethod, type MethodTrial } from './method-trial.js';
import { initialTrial, optimiseMethod } from './optimise-method.js';
import type { AutoSettings } from './options.js';

/** A schedule that evolves by a method, and how the method was found. */
export interface AutoSchedule {
  readonly schedule: Schedule;
  readonly method: string;
  readonly trials: readonly MethodTrial[];
}

/**
 * The schedule of `--method auto`: by the method of the file or the pack, as it is or optimised first.
 *
 * @param rows Read only where the method is optimised: the seeds that training and development rows are drawn from.
 * @param directory Where the methods are kept: `methods/` of the run.
 * @param onTrial Told of every method that was tried.
 * @throws EvosiftError `bad_argument`, `bad_data`, `generator_unavailable`, `disk_full`; and as `Asker.ask` and
 *   `Scoring.score`.
 */
export async function makeAutoSchedule(
  parts: MethodParts,
  rows: () => Iterable<Variant> | AsyncIterable<Variant>,
  settings: AutoSettings,
  directory: string,
  onTrial: (trial: MethodTrial) => void = () => {},
): Promise<AutoSchedule> {
  const initial = await initialMethod(parts, settings);
  const archive = await MethodArchive.open(directory);
  const keep = async (trials: readonly MethodTrial[]): Promise<void> => {
    await archive.keep(trials);
    for (const trial of trials) onTrial(trial);
  };
  const trials = settings.optimise
    ? await optimiseMethod(parts, await drawSets(rows(), settings), initial, settings, keep)
    : [initialTrial(initial, settings.candidates, null)];
  if (!settings.optimise) await keep(trials);
  await archive.finish();
  const method = bestMethod(trials);
  return { schedule: autoSchedule(method), method, trials };
}
