/** The public API of evosift: what is not exported here is not for others to rely on. */
export type { ReasonCode, Message, Role, Example, ParsedRow } from './rows/example.js';
export { parseRow } from './rows/parse-row.js';
export { detectLayout, parseColumns, type LayoutOptions } from './rows/detect-layout.js';
export type { ColumnMap, RowFormat, RowLayout } from './rows/row-layout.js';
export { openRows } from './rows/open-rows.js';
export type { DataFormat, OpenRowsOptions, RowRange, RowSource, SourceFile, SourceRow } from './rows/source-row.js';
export { mergeRuns, type MergeOptions } from './runs/merge-runs.js';
export { readManifest, readScores, readSummary, type RunReport } from './runs/read-run.js';
export type { NewStart, RunIdentity, RunManifest, RunStart, RunTimings, Shard } from './runs/run-identity.js';
export { readStepTokens } from './runs/step-tokens.js';
export type { ScoreLine } from './runs/score-line.js';
export { loadEngine } from './engine/load-engine.js';
export type {
  BatchResult,
  Dtype,
  Engine,
  EngineInfo,
  EngineKind,
  EngineOptions,
  PackedBatch,
  RunOptions,
} from './engine/engine.js';
export { resolveModel } from './models/resolve-model.js';
export type { DownloadProgress } from './models/hub-model.js';
export type { ResolvedModel } from './models/resolved-model.js';
export { EvosiftError, type ErrorCode } from './base/errors.js';
export type { Logger } from './base/logger.js';
export { dryRun, type DryRun, type TokenPrice } from './evolve/dry-run.js';
export type { SampleRequest } from './ask/counting-asker.js';
export { evolve, type EvolveReport } from './evolve/evolve.js';
export { respond, type RespondOptions, type RespondReport } from './ask/respond.js';
export type { AutoOptions, Objective } from './auto-evol/options.js';
export type { DatasetRow } from './evolve/dataset.js';
export type { EvolveOptions } from './evolve/evolve-options.js';
export type { GenerationOptions } from './ask/generation-options.js';
export type { GenerationProgress, StartReport } from './ask/progress.js';
export type { QuestionPart } from './ask/questions.js';
export type { LimitOptions, RequestOptions } from './ask/request-options.js';
export type { SamplingOptions, SamplingPreset } from './ask/sampling.js';
export type { EvolutionSummary, Yield } from './evolve/summary.js';
export type { LineageLine } from './evolve/lineage.js';
export type { Elimination, EliminatorPreset } from './operations/eliminators/eliminator.js';
export type { ResponseFailure } from './ask/examine-response.js';
export type { GeneratorPlan } from './llm/generator.js';
export type { Sampling } from './llm/chat.js';
export type { FailureKind } from './llm/request-error.js';
export { parsePlans } from './llm/spec.js';
export type { RankSummary } from './rank/assemble.js';
export { rank } from './rank/rank.js';
export type { RankOptions, RankProgress } from './rank/options.js';
export { loadScorer, type LoadScorerOptions } from './score/load-scorer.js';
export type { NllOptions, NllResult } from './score/nll.js';
export type { NllSequence } from './score/nll-sequence.js';
export type { Outcome, PerTokenLosses, ScoredOutcome, UnscoredOutcome } from './score/outcome.js';
export type { TurnScores } from './score/combine.js';
export type { IndexedRow, PassingRow } from './score/parsed-rows.js';
export { recipes } from './score/recipes/index.js';
export type { Recipe, RecipeName, TemplateName } from './score/recipes/recipe.js';
export type { ScoreOptions } from './score/score-options.js';
export { createScorer, type Scorer, type ScorerInfo, type ScorerSetup } from './score/scorer.js';
export { scoreFiles, type ScoreFilesReport } from './score/run/score-files.js';
export type { RunProgress, ScoreFilesOptions } from './score/run/run-options.js';
export { toScoreLine } from './score/to-score-line.js';
