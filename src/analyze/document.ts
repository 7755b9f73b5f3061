import type { ByMeasure, Measure } from './measures.js';
import type { DiversityReport } from './diversity/measure-diversity.js';
import type { RunOutputSpace } from './measure-answers.js';
import type { BenchmarkResult } from './results/index.js';
import type { AgreementReport } from './sections/agreement.js';
import type { ComparisonReport } from './sections/comparison.js';
import type { GroupDistributions } from './sections/distributions.js';
import type { VocabularyReport } from './sections/vocabulary.js';
import type { RunFunnel } from './runs/funnel.js';
import type { RunKindName } from './runs/open-run.js';

/** The version of `analysis.json`; fields may be added to one. */
export const ANALYSIS_VERSION = 1;

/** A run, as the analysis tells of it. */
export interface RunDescription {
  /** By which the rest of the analysis names it. */
  readonly name: string;
  readonly path: string;
  readonly kind: RunKindName;
  /** Every row that the run is about has an outcome. */
  readonly complete: boolean;
  readonly recipe: string;
  /** The model that scored, as its last start named it, and the hash of its weights. */
  readonly model: string;
  readonly modelHash: string;
  readonly dtype: string;
  /** Outcomes: rows, or assistant turns where these were scored one by one. */
  readonly rows: number;
  readonly scored: number;
  readonly unscored: number;
  /** Of the unscored. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** What `analysis.json` holds, in snake_case there. Every number in it is of scored rows, where nothing else is said. */
export interface Analysis {
  readonly version: typeof ANALYSIS_VERSION;
  readonly preset: string | null;
  readonly runs: readonly RunDescription[];
  /** Units, and the bins of all histograms. */
  readonly measures: ByMeasure<Measure>;
  readonly distributions: readonly GroupDistributions[];
  readonly agreement: readonly AgreementReport[];
  /** Null of one run. */
  readonly comparison: ComparisonReport | null;
  readonly vocabulary: readonly VocabularyReport[];
  /** Of runs that made their rows. */
  readonly funnels: readonly RunFunnel[];
  /** Null where no embeddings were asked for. */
  readonly diversity: DiversityReport | null;
  /** Null where it was not asked for. */
  readonly outputSpace: readonly RunOutputSpace[] | null;
  /** Benchmark results, by file; null where none were named. */
  readonly results: readonly { readonly file: string; readonly results: readonly BenchmarkResult[] }[] | null;
}
