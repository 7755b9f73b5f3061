import type { RowLayout } from '../../rows/row-layout.js';
import type { GenerationRun } from '../../runs/generation-run.js';
import { settleFileScoringOptions } from '../../score/run/score-files-options.js';
import { scoreFilesWith } from '../../score/run/score-files.js';
import type { RunScoring, RunScoringSettings } from './run-scoring.js';

/** A file of rows that a run has made. */
export interface MadeRows<Name extends string> {
  /** What the run calls the file. */
  readonly file: Name;
  readonly layout: Pick<RowLayout, 'format' | 'columns'>;
  /** How many it holds. */
  readonly rows: number;
}

/**
 * Makes `scored/`, the scored run of the rows that were made: from losses that are known, and of what has none yet from
 * the scorer.
 *
 * @throws EvosiftError as `scoreFiles`.
 */
export async function scoreDataset<Name extends string>(
  run: GenerationRun<Name | 'scored'>,
  { losses, scorer }: RunScoring,
  { file, layout, rows }: MadeRows<Name>,
  { scoring = {}, signal }: RunScoringSettings,
): Promise<void> {
  await losses.flush();
  if (rows === 0) return;
  const data = [run.file(file)];
  const out = run.file('scored');
  const settings = settleFileScoringOptions({ ...scoring, ...layout, data, out, force: true, signal });
  await scoreFilesWith(scorer, settings, losses);
}
