import { createHash } from 'node:crypto';
import { generatorIdentity } from '../ask/identity.js';
import type { AutoSettings } from '../auto-evol/options.js';
import type { RunIdentity } from '../runs/run-identity.js';
import { scorerIdentity, type ScorerIdentity } from '../score/run/scorer-identity.js';
import type { Scorer } from '../score/scorer.js';
import type { TextScoring } from '../score/scoring-stream.js';
import { settlePrepareOptions } from '../score/sequences/prepare-options.js';

/** How Auto-Evol finds its method; `method` is the file's text, null where the prompt pack has it. */
export function autoIdentity(settings: AutoSettings, method: string | null): object {
  const { optimise, steps, batch, batchRounds, candidates, development, patience, objective, optimiser, seed } =
    settings;
  return {
    method: method === null ? null : createHash('sha256').update(method).digest('hex'),
    ...(optimise && {
      steps,
      batch,
      batch_rounds: batchRounds,
      candidates,
      development,
      patience,
      objective,
      seed,
      optimiser: optimiser === null ? null : generatorIdentity(optimiser),
    }),
  };
}

export type ScoringIdentity = ScorerIdentity &
  Pick<RunIdentity, 'recipe' | 'template' | 'overflow'> & { readonly max_length: number | null };

/** What scores depend on. @throws EvosiftError `bad_argument` as `settlePrepareOptions`. */
export async function scoringIdentity(
  scorer: Scorer,
  scoring: TextScoring,
  signal?: AbortSignal,
): Promise<ScoringIdentity> {
  const { recipe, template, overflow } = settlePrepareOptions(scoring, scorer.info);
  return {
    ...(await scorerIdentity(scorer, signal)),
    recipe,
    template,
    overflow,
    max_length: scoring.maxLength ?? null,
  };
}
