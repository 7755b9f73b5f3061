import type { Scorer } from '../score/scorer.js';
import type { GenerationRun } from '../runs/generation-run.js';
import { LossFile } from '../score/loss-file.js';
import { ScoringStream, type VariantScoring } from '../score/scoring-stream.js';

/** What a run scores with, and what it has scored. */
export interface RunScoring extends AsyncDisposable {
  readonly scorer: Scorer;
  readonly stream: ScoringStream;
  readonly losses: LossFile;
}

/** @throws EvosiftError `bad_data` where the losses are damaged, `bad_argument`, `disk_full`. */
export async function openScoring(
  run: GenerationRun,
  scorer: Scorer,
  { scoring = {}, signal }: { readonly scoring?: VariantScoring; readonly signal?: AbortSignal },
): Promise<RunScoring> {
  const losses = await LossFile.open(run.file('losses'));
  const stream = new ScoringStream(scorer, scoring, losses, signal);
  return {
    scorer,
    stream,
    losses,
    [Symbol.asyncDispose]: async () => {
      await stream[Symbol.asyncDispose]();
      await losses[Symbol.asyncDispose]();
    },
  };
}
