import { loadEngine } from '../engine/load-engine.js';
import type { EngineOptions } from '../engine/engine.js';
import { checkEngineOptions, ENGINE_RULES } from '../engine/engine-options.js';
import { hashModel } from '../models/hash-model.js';
import type { DownloadProgress } from '../models/hub-model.js';
import { resolveModel } from '../models/resolve-model.js';
import { silentLogger, type Logger } from '../base/logger.js';
import {
  checkOptions,
  integerFrom,
  isFunction,
  isLogger,
  isSignal,
  isText,
  type OptionRules,
} from '../base/option-checks.js';
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

const RULES: OptionRules<LoadScorerOptions> = {
  ...ENGINE_RULES,
  model: isText,
  revision: isText,
  workers: integerFrom(1),
  logger: isLogger,
  signal: isSignal,
  onDownload: isFunction,
};

/**
 * Finds a model, downloading it from the hub where it is not here, and loads it. Without a tokenizer that can be used it
 * gives losses of ids alone.
 *
 * @throws EvosiftError `bad_argument`; those of `resolveModel` and `loadEngine`.
 */
export async function loadScorer(options: LoadScorerOptions): Promise<Scorer> {
  checkOptions('loadScorer', options, RULES);
  const { model: name, revision, workers, signal, onDownload } = options;
  const { engine: kind, device, dtype, threads, stepTokens } = options;
  const engineOptions = { engine: kind, device, dtype, threads, stepTokens };
  // Before a download.
  checkEngineOptions(engineOptions);
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
