import { EvosiftError } from '../base/errors.js';
import { checkOptions, integerFrom, multipleOf, oneOf, type OptionRules } from '../base/option-checks.js';
import { parseDevice, type DeviceChoice } from './device.js';
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
  stepTokens: multipleOf(128, 1_048_576),
};

/**
 * Holds an engine's options to their rules.
 *
 * @returns The device that they name.
 * @throws EvosiftError `bad_argument`.
 */
export function checkEngineOptions(options: EngineOptions): DeviceChoice {
  checkOptions('loadEngine', options, ENGINE_RULES);
  const device = parseDevice(options.device ?? 'auto');
  if (options.stepTokens !== undefined && (device.kind === 'cpu' || options.engine === 'onnx')) {
    const other = device.kind === 'cpu' ? 'device is "cpu"' : 'engine is "onnx", which runs on the CPU';
    throw new EvosiftError('bad_argument', `loadEngine: stepTokens is for a GPU, and ${other}`);
  }
  return device;
}
