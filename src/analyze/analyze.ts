import { silentLogger } from '../base/logger.js';
import { packageFile } from '../base/package-file.js';
import { runReporting } from '../async/reporting-task.js';
import type { Analysis } from './document.js';
import type { AnalyzeOptions, AnalyzeProgress } from './options.js';
import { planAnalysis, type AnalyzePlan } from './plan.js';

/**
 * Measures the rows of scored runs: how their losses, scores and lengths are distributed, whether measures choose the same
 * rows, how rich their words are, and what each run's requests came to; of two or more runs, where they differ. Writes
 * `analysis.json` and `rows.parquet`, which `rank` joins to its rows, and returns the former.
 *
 * Works on a worker thread, over tables that spill into `out`.
 *
 * @throws EvosiftError `bad_argument`; `bad_data` where a run has no scores or can't be read, `run_mismatch` where runs can't be
 *   compared or their data changed since they were scored; `disk_full`, `aborted`.
 */
export async function analyze(options: AnalyzeOptions): Promise<Analysis> {
  const plan = planAnalysis(options);
  const worker = { filename: packageFile('workers/analyze'), name: 'analyze', owner: 'analysis' };
  const { signal, onProgress = () => {}, logger = silentLogger } = options;
  return await runReporting<AnalyzePlan, AnalyzeProgress, Analysis>(worker, plan, { signal, onProgress, logger });
}
