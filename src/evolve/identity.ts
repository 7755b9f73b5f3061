import { createHash } from 'node:crypto';
import { generatorIdentity } from '../ask/identity.js';
import type { AutoSettings } from '../auto-evol/options.js';
import {
  recipeIdentity,
  scorerIdentity,
  type RecipeIdentity,
  type ScorerIdentity,
} from '../score/run/scorer-identity.js';
import type { Scorer } from '../score/scorer.js';
import { SCORE_OPTIONS, type RecipeOptions, type ScoreOptions } from '../score/score-options.js';
import { fillOptions } from '../base/options.js';
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
      optimiser: optimiser === undefined ? null : generatorIdentity(optimiser),
    }),
  };
}

export type ScoringIdentity = ScorerIdentity & RecipeIdentity;

/** What scores depend on. @throws EvosiftError `bad_argument` as `settlePrepareOptions`. */
export async function scoringIdentity(
  scorer: Scorer,
  scoring: RecipeOptions,
  signal?: AbortSignal,
): Promise<ScoringIdentity> {
  const settings = fillOptions<ScoreOptions, typeof SCORE_OPTIONS>(scoring, SCORE_OPTIONS);
  const recipe = recipeIdentity(settlePrepareOptions(settings, scorer.info), scoring.maxLength ?? null);
  return { ...(await scorerIdentity(scorer, signal)), ...recipe };
}
