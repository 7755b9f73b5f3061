import { loadScorer } from '../score/load-scorer.js';
import { loadForRun, type RunToLoadFor } from '../score/run/load-for-run.js';
import type { Scorer } from '../score/scorer.js';
import type { Logger } from '../base/logger.js';
import type { ModelArguments } from './arguments.js';
import { showDownload } from './download-progress.js';
import { UsageError } from './exit-code.js';

/** The name of the model that a command line names. @throws UsageError where it names none. */
export function modelName({ model }: Partial<ModelArguments>): string {
  if (model !== undefined) return model;
  throw new UsageError(
    'Name a model with -m: a hub id such as HuggingFaceTB/SmolLM2-135M, a directory, or pocket (bundled, for trying out).',
  );
}

/**
 * Loads the model that a command line names, telling on standard error what there is to know of it and how far a
 * download is.
 *
 * @throws UsageError where it names none.
 */
export async function loadModel(
  given: Partial<ModelArguments>,
  logger: Logger,
  signal: AbortSignal,
  quiet: boolean,
): Promise<Scorer> {
  const model = modelName(given);
  const { engine, device, dtype, threads, revision, stepTokens } = given;
  using download = showDownload(model, quiet);
  const onDownload = download.update;
  return await loadScorer({ model, engine, device, dtype, threads, revision, stepTokens, logger, signal, onDownload });
}

/**
 * As `loadModel`, to go on with a run: with the step that it was begun with, unless the command line names one. The CPU
 * has none; that such a run can't go on there, its identity will say.
 *
 * @throws as `loadModel`; EvosiftError as `loadForRun`.
 */
export async function loadModelForRun(
  given: Partial<ModelArguments>,
  run: RunToLoadFor,
  logger: Logger,
  signal: AbortSignal,
  quiet: boolean,
): Promise<Scorer> {
  const load = (stepTokens?: number): Promise<Scorer> => loadModel({ ...given, stepTokens }, logger, signal, quiet);
  const hasStep = given.device !== 'cpu' && given.engine !== 'onnx';
  return given.stepTokens === undefined && hasStep ? await loadForRun(load, run) : await load(given.stepTokens);
}
