import { loadEngine } from '../engine/load-engine.js';
import type { EngineOptions } from '../engine/engine.js';
import { ENGINE_OPTIONS, settleEngineOptions } from '../engine/engine-options.js';
import { EvosiftError } from '../base/errors.js';
import type { DownloadProgress } from '../hub/file-puller.js';
import { hashModel } from '../models/hash-model.js';
import { resolveModel } from '../models/resolve-model.js';
import { silentLogger, type Logger } from '../base/logger.js';
import { abortSignal, callback, checkOptions, integer, loggerOption, text, type OptionTable } from '../base/options.js';
import { createScorer, type Scorer } from './scorer.js';

export interface LoadScorerOptions extends EngineOptions {
  /** `pocket` (bundled, for trying out), a directory of Hugging Face layout, or a hub id. */
  readonly model: string;
  /** The branch, tag or commit of a model from a hub; default `main`. */
  readonly revision?: string;
  /** Threads that tokenise; default one for each eight of the engine's. */
  readonly workers?: number;
  /** Where messages go; default nowhere. A pino logger will do. */
  readonly logger?: Logger;
  /** Aborting ends the download of a model. */
  readonly signal?: AbortSignal;
  /** Told how far a download is. */
  readonly onDownload?: (progress: DownloadProgress) => void;
}

export const LOAD_SCORER_OPTIONS = {
  model: text({ flag: '-m, --model <model>', help: 'a hub id, a directory, or pocket (bundled, for trying out)' }),
  revision: text({ flag: '--revision <rev>', help: 'branch, tag or commit of a model from the hub' }),
  ...ENGINE_OPTIONS,
  workers: integer({ from: 1 }, {}),
  logger: loggerOption,
  signal: abortSignal,
  onDownload: callback,
} as const satisfies OptionTable<LoadScorerOptions>;

/**
 * Sees that a scorer can be asked for so, before anything is downloaded.
 *
 * @throws EvosiftError `bad_argument`, naming the option and its value.
 */
export function checkLoadScorerOptions(options: LoadScorerOptions): void {
  checkOptions('loadScorer', options, LOAD_SCORER_OPTIONS);
  const { model, engine, device, dtype, threads, stepTokens } = options;
  if (model === undefined) {
    throw new EvosiftError('bad_argument', 'loadScorer: name a `model`: a hub id, a directory or pocket', {
      option: 'model',
    });
  }
  settleEngineOptions({ engine, device, dtype, threads, stepTokens });
}

/**
 * Finds a model, downloading it from the hub where it is not here, and loads it. Without a tokenizer that can be used it
 * gives losses of ids alone.
 *
 * @throws EvosiftError `bad_argument`; those of `resolveModel` and `loadEngine`.
 */
export async function loadScorer(options: LoadScorerOptions): Promise<Scorer> {
  checkLoadScorerOptions(options);
  const { model: name, revision, workers, signal, onDownload } = options;
  const { engine: kind, device, dtype, threads, stepTokens } = options;
  const engineOptions = { engine: kind, device, dtype, threads, stepTokens };
  const logger = options.logger ?? silentLogger;
  const model = await resolveModel(name, { revision, engine: kind, signal, onProgress: onDownload });
  for (const message of [model.notice, model.trialOnly]) if (message !== null) logger.warn({ model: name }, message);
  const engine = await loadEngine(model.directory, engineOptions);
  try {
    return await createScorer(engine, {
      model: name,
      revision: model.commit,
      tokenizerDirectory: model.directory,
      modelHash: (stop) => hashModel(model, stop),
      workers,
      logger,
    });
  } catch (error) {
    await engine.close();
    throw error;
  }
}
