import type { AnalyzeOptions } from './options.js';

/** What a preset says of the options. */
const PRESETS = {
  published: { metric: 'squared_l2', distance: 0.05, positions: 'first:5' },
} as const satisfies Readonly<Record<string, Partial<AnalyzeOptions>>>;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** The options, with their preset's in place of what is left out. */
export const withPreset = (options: AnalyzeOptions): AnalyzeOptions =>
  options.preset === undefined ? options : { ...PRESETS[options.preset], ...options };
