/**
 * evosift's front door: score, rank, evolve. What lies below has doors of its own: `evosift/data` (rows of files),
 * `evosift/runs` (run directories), `evosift/engine`, `evosift/models`, `evosift/options` (every call's options, declared).
 * What is exported by none of them is not for others to rely on.
 */
export { EvosiftError, type ErrorCode } from './base/errors.js';
export type { Logger } from './base/logger.js';

// Scoring.
export { loadScorer, type LoadScorerOptions } from './score/load-scorer.js';
export { createScorer, type Scorer, type ScorerInfo, type ScorerSetup } from './score/scorer.js';
export type { RecipeOptions, ScoreOptions } from './score/score-options.js';
export type { Outcome, PerTokenLosses, ScoredOutcome, UnscoredOutcome } from './score/outcome.js';
export type { TurnScores } from './score/combine.js';
export type { IndexedRow, PassingRow } from './score/parsed-rows.js';
export { checkSequence, type NllSequence } from './score/nll-sequence.js';
export type { NllOptions, NllResult } from './score/nll.js';
export { recipes } from './score/recipes/index.js';
export type { Recipe, RecipeName, TemplateName } from './score/recipes/recipe.js';
export { scoreFiles, type ScoreFilesReport } from './score/run/score-files.js';
export type { RunProgress, ScoreFilesOptions } from './score/run/score-files-options.js';
export type { ScorerSource } from './score/run/borrow-scorer.js';
export { toScoreLine } from './score/to-score-line.js';

// Ranking.
export { rank } from './rank/rank.js';
export type { RankSummary } from './rank/assemble.js';
export type { RankedPreview } from './rank/preview.js';
export type { RankOptions, RankProgress } from './rank/options.js';

// Asking and evolving.
export { evolve, type EvolveReport } from './evolve/evolve.js';
export { dryRun, type DryRun, type TokenPrice } from './evolve/dry-run.js';
export { respond, type RespondOptions, type RespondReport } from './ask/respond.js';
export type { EvolveOptions } from './evolve/evolve-options.js';
export type { AutoOptions, Objective } from './auto-evol/options.js';
export type { GenerationOptions } from './ask/generation-options.js';
export type { LimitOptions, RequestOptions } from './ask/request-options.js';
export type { SamplingOptions, SamplingPreset } from './ask/sampling.js';
export type { GenerationProgress, StartReport } from './ask/progress.js';
export type { QuestionPart } from './ask/questions.js';
export type { SampleRequest } from './ask/counting-asker.js';
export type { ResponseFailure } from './ask/examine-response.js';
export type { EvolutionSummary, Yield } from './evolve/summary.js';
export type { DatasetRow } from './evolve/dataset.js';
export type { LineageLine } from './evolve/lineage.js';
export type { Elimination, EliminatorPreset } from './operations/eliminators/eliminator.js';
export type { GeneratorPlan } from './llm/generator.js';
export type { Sampling } from './llm/chat.js';
export type { FailureKind } from './llm/request-error.js';
export { probeGenerator, type ProbeReport } from './llm/probe.js';
export { parsePlans } from './llm/spec.js';
