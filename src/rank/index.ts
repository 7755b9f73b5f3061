/** Ranking, as others see it. */
export { rank } from './rank.js';
export type { RankSummary } from './assemble.js';
export type { ExportSummary } from './export/write-export.js';
export type { JoinCounts } from './joined.js';
export type { RankedPreview } from './preview.js';
export type { ScoredRow } from './keep-scored-rows.js';
export { RANK_OPTIONS, type RankOptions, type RankProgress } from './options.js';
