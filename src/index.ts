/**
 * evosift's front door: score, rank, evolve. What lies below has doors of its own: `evosift/data` (rows of files),
 * `evosift/runs` (run directories), `evosift/engine` and `evosift/models`. What is behind none of them is not for others to
 * rely on.
 */
export { EvosiftError, type ErrorCode } from './base/errors.js';
export type { Logger } from './base/logger.js';
export type { OptionSpec, OptionTable } from './base/options.js';
export * from './score/index.js';
export * from './rank/index.js';
export * from './analyze/index.js';
export * from './evolve/index.js';
export * from './autoif/index.js';
export * from './judge/index.js';
export * from './ask/index.js';
export * from './embed/index.js';
export * from './llm/index.js';
export * from './neighbors/index.js';
export * from './sandbox/index.js';
export * from './verify/index.js';
