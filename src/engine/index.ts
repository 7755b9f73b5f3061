/** `evosift/engine`: models and the engines that run them, below the scorer. */
export type {
  BatchResult,
  Dtype,
  Engine,
  EngineInfo,
  EngineKind,
  EngineOptions,
  ModelHead,
  PackedBatch,
  RunOptions,
} from './engine.js';
export { ENGINE_OPTIONS } from './engine-options.js';
export { loadEngine } from './load-engine.js';
export { buildCommand, diagnose, type Check, type Diagnosis } from './native/doctor.js';
