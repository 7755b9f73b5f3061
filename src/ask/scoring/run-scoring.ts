import { IndexedLog } from '../../files/indexed-log.js';
import type { GenerationRun } from '../../runs/generation-run.js';
import { SCORES_BY_CONTENT } from '../../runs/score-file.js';
import type { ScoreLine } from '../../runs/score-line.js';
import type { RecipeOptions } from '../../score/score-options.js';
import type { Scorer } from '../../score/scorer.js';
import { ScoringStream } from '../../score/scoring-stream.js';

/** What a run scores with, and what it has scored. */
export interface RunScoring extends AsyncDisposable {
  readonly scorer: Scorer;
  readonly stream: ScoringStream;
  /** `losses.jsonl`: the score lines of all that was scored, in the order in which it came. */
  readonly losses: IndexedLog<ScoreLine>;
}

/** How a run scores what it makes. */
export interface RunScoringSettings {
  readonly scoring?: RecipeOptions;
  readonly signal?: AbortSignal;
}

/** @throws EvosiftError `bad_data` where the losses are damaged, `bad_argument`, `disk_full`. */
export async function openScoring(
  run: GenerationRun<'losses'>,
  scorer: Scorer,
  { scoring = {}, signal }: RunScoringSettings,
): Promise<RunScoring> {
  const losses = await IndexedLog.open(run.file('losses'), { ...SCORES_BY_CONTENT, groupOf: null });
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
