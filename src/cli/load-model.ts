import { LOAD_SCORER_OPTIONS, type LoadScorerOptions } from '../score/index.js';
import { showDownload } from './download-progress.js';
import { UsageError } from './exit-code.js';
import type { Frame } from './frame.js';
import type { Said } from './option-flags.js';

/** What chooses a model, of a command with runs to go on with. */
export const RUN_MODEL_OPTIONS = LOAD_SCORER_OPTIONS;

const { stepTokens: _, ...withoutStep } = LOAD_SCORER_OPTIONS;

/** What chooses a model, of a command that makes no run. */
export const MODEL_OPTIONS = withoutStep;

/** What to load a model from; its download is shown until this is disposed. */
export interface ModelSource extends Disposable {
  readonly scorer: LoadScorerOptions;
}

/** @throws UsageError where the command line names no model. */
export function modelSource(
  said: Said<typeof RUN_MODEL_OPTIONS>,
  { logger, signal, silent }: Pick<Frame, 'logger' | 'signal' | 'silent'>,
): ModelSource {
  const { model } = said;
  if (model === undefined) {
    throw new UsageError(
      'Name a model with -m: a hub id such as HuggingFaceTB/SmolLM2-135M, a directory, or pocket (bundled, for trying out).',
    );
  }
  const download = showDownload(model, silent);
  return {
    scorer: { ...said, model, logger, signal, onDownload: download.update },
    [Symbol.dispose]: () => download[Symbol.dispose](),
  };
}

/**
 * What a command scores with whose `--score` asks for it; null without.
 *
 * @throws UsageError where it asks and names no model, or names one and does not ask.
 */
export function scoreSource(
  score: boolean,
  said: Said<typeof RUN_MODEL_OPTIONS>,
  frame: Pick<Frame, 'logger' | 'signal' | 'silent'>,
): ModelSource | null {
  if (score) return modelSource(said, frame);
  if (said.model !== undefined) throw new UsageError('-m names the model that --score scores with: give both.');
  return null;
}
