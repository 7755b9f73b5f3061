/** `evosift/runs`: what run directories hold. */
export { mergeRuns, type MergeOptions } from './merge-runs.js';
export { readManifest, readScores, readSummary, type RunReport } from './read-run.js';
export type { NewStart, RunIdentity, RunManifest, RunStart, RunTimings, Shard } from './run-identity.js';
export type { ScoreLine } from './score-line.js';
