/** How a model is trained, in words that every trainer has. */
export interface Preset {
  readonly learningRate: number;
  readonly epochs: number;
  readonly scheduler: 'cosine';
  /** Share of the steps. */
  readonly warmupRatio: number;
  /** Tokens of a row; what is longer is cut. */
  readonly cutoff: number;
  /** Rows of a step: `batch` at one time, `accumulation` times. */
  readonly batch: number;
  readonly accumulation: number;
  /** Low-rank adapters in all linear layers, in place of all weights. */
  readonly lora: { readonly rank: number; readonly alpha: number } | null;
}

const PUBLISHED: Preset = {
  learningRate: 2e-5,
  epochs: 3,
  scheduler: 'cosine',
  warmupRatio: 0.03,
  cutoff: 2048,
  // 128 rows a step on one device, as Stanford's Alpaca was trained, whose learning rate, epochs and warm-up these are.
  batch: 4,
  accumulation: 32,
  lora: null,
};

export const PRESETS = {
  /** The paper's settings. */
  published: PUBLISHED,
  /** The same on one small device: adapters, whose learning rate is ten times that of all weights. */
  lora: { ...PUBLISHED, learningRate: 2e-4, lora: { rank: 16, alpha: 32 } },
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];
