import { LinkedAbort } from '../../async/abort.js';
import { EvosiftError } from '../../base/errors.js';
import { isRecord } from '../../base/json.js';
import { option } from '../../base/options.js';
import { readStepTokens } from '../../runs/step-tokens.js';
import { checkLoadScorerOptions, loadScorer, type LoadScorerOptions } from '../load-scorer.js';
import { Scorer } from '../scorer.js';

/** A scorer that is there already, or what to load one from. */
export type ScorerSource = Scorer | LoadScorerOptions;

export const SCORER_OPTION = option<ScorerSource>(
  { expected: 'a Scorer, or what loadScorer takes', accepts: isRecord },
  {},
);

/** @throws EvosiftError `bad_argument` where no scorer can be had from it, before anything is loaded. */
export function checkScorerSource(call: string, source: ScorerSource | undefined): void {
  if (source === undefined) {
    throw new EvosiftError('bad_argument', `${call}: \`scorer\` is missing: give a Scorer, or what loadScorer takes`, {
      option: 'scorer',
    });
  }
  if (!(source instanceof Scorer)) checkLoadScorerOptions(source);
}

/** The run that a scorer is wanted for. */
export interface RunToScore {
  /** Its directory, where that is named. */
  readonly out?: string;
  /** Its directory otherwise, which depends on what was loaded. */
  readonly place: (scorer: Scorer) => string | Promise<string>;
  /** A run whose scores are taken over. */
  readonly reuse?: string;
  /** What is in the directory does not count. */
  readonly force?: boolean;
}

/** A scorer for one call: disposing closes it where it was loaded for that call. */
export interface BorrowedScorer extends AsyncDisposable {
  readonly scorer: Scorer;
}

/**
 * The scorer of a call that scores into a run: the one that it was given, or one that is loaded as the run needs it.
 *
 * @param call What the call was given for itself: its signal ends the loading, too.
 * @throws EvosiftError as `loadScorer` and `loadForRun`.
 */
export async function borrowScorer(
  source: ScorerSource,
  run: RunToScore,
  call: Pick<LoadScorerOptions, 'signal' | 'logger'>,
): Promise<BorrowedScorer> {
  if (source instanceof Scorer) return { scorer: source, [Symbol.asyncDispose]: async () => {} };
  using either = new LinkedAbort(source.signal, call.signal);
  const given = { logger: call.logger, ...source, signal: either.signal };
  // Only a GPU has steps; that its run can't go on elsewhere, the run's identity will say.
  const hasSteps = source.device !== 'cpu' && source.engine !== 'onnx';
  const scorer =
    source.stepTokens === undefined && hasSteps
      ? await loadForRun((stepTokens) => loadScorer({ ...given, stepTokens }), run)
      : await loadScorer(given);
  return { scorer, [Symbol.asyncDispose]: () => scorer.close() };
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
  { out, place, reuse, force = false }: RunToScore,
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
