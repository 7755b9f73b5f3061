/** Evolving, as others see it. */
export { evolve, type EvolveReport } from './evolve.js';
export { dryRun, type DryRun } from './dry-run.js';
export { EVOLVE_OPTIONS, type EvolveOptions } from './evolve-options.js';
export { AUTO_OPTIONS, type AutoOptions, type Objective } from '../auto-evol/options.js';
export type { EvolutionSummary, Yield } from './summary.js';
export type { DatasetRow } from './dataset.js';
export type { LineageLine } from './lineage.js';
export type { Elimination, EliminatorPreset } from '../operations/eliminators/eliminator.js';
