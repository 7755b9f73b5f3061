/** The options of every call, each declared once: for whoever builds a command line, a form or a schema for them. */
export type { OptionSpec, OptionTable } from './base/options.js';
export { AUTO_OPTIONS } from './auto-evol/options.js';
export { ENGINE_OPTIONS } from './engine/engine-options.js';
export { EVOLVE_OPTIONS } from './evolve/evolve-options.js';
export { LOAD_SCORER_OPTIONS } from './score/load-scorer.js';
export { NLL_OPTIONS } from './score/nll.js';
export { RANK_OPTIONS } from './rank/options.js';
export { RESPOND_OPTIONS } from './ask/respond.js';
export { RECIPE_OPTIONS, SCORE_OPTIONS } from './score/score-options.js';
export { SCORE_FILES_OPTIONS } from './score/run/score-files-options.js';
