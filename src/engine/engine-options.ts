import { EvosiftError } from '../base/errors.js';
import {
  checkOptions,
  choice,
  fillOptions,
  integer,
  multipleOf,
  textLike,
  type Filled,
  type OptionTable,
} from '../base/options.js';
import { parseDevice, type DeviceChoice } from './device.js';
import { DTYPES, type EngineOptions } from './engine.js';
import { ENGINE_KINDS } from '../models/model-files.js';

const DEVICES = 'auto, cpu or cuda[:i[,j…]]';

/** What chooses an engine and what it runs on. */
export const ENGINE_OPTIONS = {
  engine: choice(ENGINE_KINDS, {
    flag: '--engine <engine>',
    help: 'default native, or onnx for an ONNX export',
  }),
  device: textLike(/^(?:auto|cpu|cuda(?::\d+(?:,\d+)*)?)$/, DEVICES, {
    flag: '--device <device>',
    help: DEVICES,
    default: 'auto',
  }),
  dtype: choice(['auto', ...DTYPES], {
    flag: '--dtype <dtype>',
    help: 'what matmul inputs are rounded to',
    default: 'auto',
  }),
  threads: integer(
    { from: 1, to: 1024 },
    { flag: '--threads <n>', help: 'engine threads (default: the physical cores it may use)' },
  ),
  stepTokens: multipleOf(128, 1_048_576, {
    flag: '--step-tokens <n>',
    help: "tokens of a GPU's step, a multiple of 128 (default: the run's, or chosen by measuring; shards must agree)",
  }),
} as const satisfies OptionTable<EngineOptions>;

/** `EngineOptions` with the defaults filled in, and the device that they name. */
export type EngineSettings = Filled<EngineOptions, typeof ENGINE_OPTIONS> & { readonly on: DeviceChoice };

/** @throws EvosiftError `bad_argument`, naming the option and its value. */
export function settleEngineOptions(options: EngineOptions): EngineSettings {
  checkOptions('loadEngine', options, ENGINE_OPTIONS);
  const settings = fillOptions(options, ENGINE_OPTIONS);
  const on = parseDevice(settings.device);
  if (settings.stepTokens !== undefined && (on.kind === 'cpu' || settings.engine === 'onnx')) {
    const other = on.kind === 'cpu' ? '`device` is "cpu"' : '`engine` is "onnx", which runs on the CPU';
    throw new EvosiftError('bad_argument', `loadEngine: \`stepTokens\` is for a GPU, and ${other}`, {
      option: 'stepTokens',
    });
  }
  return { ...settings, on };
}
