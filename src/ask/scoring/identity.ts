import { fillOptions } from '../../base/options.js';
import {
  recipeIdentity,
  scorerIdentity,
  type RecipeIdentity,
  type ScorerIdentity,
} from '../../score/run/scorer-identity.js';
import { SCORE_OPTIONS, type RecipeOptions, type ScoreOptions } from '../../score/score-options.js';
import type { Scorer } from '../../score/scorer.js';
import { settlePrepareOptions } from '../../score/sequences/prepare-options.js';

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
