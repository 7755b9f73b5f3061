/** AutoIF, as others see it. */
export { autoif, type AutoifReport } from './autoif.js';
export { autoifDryRun, type AutoifDryRun } from './dry-run.js';
export { AUTOIF_OPTIONS, type AutoifOptions } from './options.js';
export { STAGES, type Funnel, type Stage, type StageFunnel } from './funnel.js';
export type {
  BackTranslation,
  ConstraintLine,
  FunctionLine,
  PairLine,
  QueryLine,
  ResponseLine,
  VerifierLine,
} from './lines.js';
