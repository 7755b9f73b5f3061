import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { GenerationRun } from '../../runs/generation-run.js';
import { RUN_FILES } from '../../runs/read-run.js';
import { readScoreLines } from '../../runs/score-file.js';
import type { RunScoring } from './run-scoring.js';

/**
 * Adds to the losses what an earlier start scored when its rows were written, so that it is known however they change:
 * for runs that score nothing as it lands.
 *
 * @throws EvosiftError `bad_data` where the scores are damaged; `disk_full`.
 */
export async function keepEarlierScores(run: GenerationRun<'scored'>, { losses }: RunScoring): Promise<void> {
  const scores = join(run.file('scored'), RUN_FILES.scores);
  if (!existsSync(scores)) return;
  for await (const { line } of readScoreLines(scores)) {
    const { hash, reason } = line;
    if (hash === null || reason === 'worker_failed' || (await losses.find(hash)) !== null) continue;
    // That a line can't be written is told by `flush`.
    losses.append(line).catch(() => {});
  }
  await losses.flush();
}
