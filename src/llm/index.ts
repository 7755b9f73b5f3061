/** Generators, as others see them. */
export { parsePlans } from './spec.js';
export { probeGenerator, type ProbeReport } from './probe.js';
export type { GeneratorPlan } from './generator.js';
export type { Sampling } from './chat.js';
export type { FailureKind } from './request-error.js';
