import { EvosiftError } from '../errors.js';
import { checkOptions, integerFrom, oneOf, type OptionRules } from '../option-checks.js';
import type { EngineOptions } from './engine.js';

/** What chooses an engine and what it runs on. */
export const ENGINE_RULES: OptionRules<EngineOptions> = {
  engine: oneOf('native', 'onnx'),
  device: {
    expected: 'auto, cpu or cuda[:i[,j…]]',
    accepts: (value) => typeof value === 'string' && /^(?:auto|cpu|cuda(?::\d+(?:,\d+)*)?)$/.test(value),
  },
  dtype: oneOf('auto', 'f32', 'bf16'),
  threads: integerFrom(1, 1024),
};

/**
 * Holds an engine's options to their rules.
 *
 * @param withoutCuda Why the engine cannot run on CUDA devices: a sentence's first half.
 * @throws EvosiftError `bad_argument`, `unsupported_device`.
 */
export function checkEngineOptions(options: EngineOptions, withoutCuda: string): void {
  checkOptions('loadEngine', options, ENGINE_RULES);
  const { device = 'auto' } = options;
  if (!device.startsWith('cuda')) return;
  throw new EvosiftError(
    'unsupported_device',
    `${withoutCuda}, so ${JSON.stringify(device)} cannot be used. Take --device cpu or auto.`,
  );
}
