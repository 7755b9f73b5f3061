/** Analysing, as others see it. */
export { analyze } from './analyze.js';
export { ANALYZE_OPTIONS, type AnalyzeOptions, type AnalyzeProgress } from './options.js';
export type { Analysis, RunDescription } from './document.js';
export type { Grouping, GroupKey } from './groups.js';
export type { ByMeasure, Measure, MeasureName } from './measures.js';
export type { FunnelStep, RunFunnel } from './runs/funnel.js';
export type { AgreementReport, MeasureAgreement } from './sections/agreement.js';
export type { ComparisonReport, IntervalEstimate } from './sections/comparison.js';
export type { GroupDistributions, MeasureDistribution } from './sections/distributions.js';
export type { VocabularyReport } from './sections/vocabulary.js';
export type { Distribution } from '../statistics/distribution.js';
export type { Bins, Histogram } from '../statistics/histogram.js';
export type { DiversityReport, Repeats } from './diversity/measure-diversity.js';
export type { RunOutputSpace } from './measure-answers.js';
export * from './output-space/index.js';
export * from './results/index.js';
