import { readStepTokens } from '../../runs/step-tokens.js';
import type { Scorer } from '../scorer.js';

/** The run that a scorer is loaded for. */
export interface RunToLoadFor {
  /** Its directory, where that is named. */
  readonly out?: string;
  /** Its directory otherwise, which depends on what was loaded. */
  readonly place: (scorer: Scorer) => string | Promise<string>;
  /** A run whose scores are taken over. */
  readonly reuse?: string;
  /** What is in the directory does not count. */
  readonly force?: boolean;
}

/**
 * Loads a scorer with the step of the run that it goes on with, or else of the one whose scores it takes over. Where
 * only a loaded scorer tells the run's directory, and another step than its own is found there, it is loaded again.
 *
 * @param load Loads with this step; undefined: with one of the engine's choice.
 * @throws EvosiftError `bad_data` where a manifest is damaged; what `load` and `place` throw.
 */
export async function loadForRun(
  load: (stepTokens: number | undefined) => Promise<Scorer>,
  { out, place, reuse, force = false }: RunToLoadFor,
): Promise<Scorer> {
  const reused = reuse === undefined ? undefined : await readStepTokens(reuse);
  const stepOf = async (run: string): Promise<number | undefined> => (force ? undefined : await readStepTokens(run));
  if (out !== undefined) return await load((await stepOf(out)) ?? reused);

  const scorer = await load(reused);
  const { stepTokens } = scorer.info;
  if (stepTokens === undefined) return scorer;
  try {
    const begunWith = await stepOf(await place(scorer));
    if (begunWith === undefined || begunWith === stepTokens) return scorer;
    await scorer.close();
    return await load(begunWith);
  } catch (error) {
    await scorer.close();
    throw error;
  }
}
