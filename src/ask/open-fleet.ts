import { createFleet, type Fleet } from '../llm/fleet/fleet.js';
import { DEFAULT_CONCURRENCY } from '../llm/fleet/options.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { Logger } from '../base/logger.js';
import { packageFile } from '../base/package-file.js';
import type { GenerationRun } from '../runs/generation-run.js';
import type { LimitOptions, REQUEST_OPTIONS } from './request-options.js';
import type { Filled } from '../base/options.js';

type LimitSettings = Filled<LimitOptions, typeof REQUEST_OPTIONS>;

/** Where a run's requests are made and its answers examined: a subpath of the package. */
export type AskingWorker = 'workers/evolve' | 'workers/autoif' | 'workers/judge';

/** The generators of a run, with its journal. @throws EvosiftError as `createFleet`. */
export async function openFleet(
  run: GenerationRun<'journal'>,
  worker: AskingWorker,
  plans: readonly GeneratorPlan[],
  { timeout, ...options }: LimitSettings & { readonly signal?: AbortSignal; readonly logger?: Logger },
): Promise<Fleet> {
  const { concurrency, rpm, tpm, budgetRequests, budgetTokens, signal, logger } = options;
  return await createFleet({
    plans,
    worker: { filename: packageFile(worker) },
    journalPath: run.file('journal'),
    rpm,
    tpm,
    budgetRequests,
    budgetTokens,
    signal,
    ...(concurrency !== undefined && { concurrency }),
    timeout: timeout * 1000,
    ...(logger !== undefined && { logger }),
  });
}

/** Rows for each request in flight: a row waits for its own answers, one after another. */
const ROWS_PER_REQUEST = 4;

/** Rows at work at a time. */
export const windowOf = ({ concurrency = DEFAULT_CONCURRENCY }: LimitOptions): number => concurrency * ROWS_PER_REQUEST;
