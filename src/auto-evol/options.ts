import { EvosiftError } from '../base/errors.js';
import type { GeneratorPlan } from '../llm/generator.js';
import { checkOptions, integerFrom, isBoolean, isText, oneOf, type OptionRules } from '../base/option-checks.js';
import { isPlan } from '../ask/request-options.js';

/**
 * What makes a method better: fewer rows that fail (`failures`); or a higher mean IC-IFD of the development set without
 * more rows that fail (`ic_ifd`).
 */
export type Objective = 'failures' | 'ic_ifd';

/** How Auto-Evol finds its method. */
export interface AutoOptions {
  /** Rewrite the method before anything is evolved with it; default false: it is used as it is. */
  readonly optimise?: boolean;
  /** What the fields left out below are; `published`: what Auto Evol-Instruct (Zeng et al., 2024) used. */
  readonly preset?: 'published';
  /** Times that the method is rewritten at most; default 10. */
  readonly steps?: number;
  /** Training rows evolved in a step; default 10. */
  readonly batch?: number;
  /** Rounds that a step's rows are evolved for; default 3. */
  readonly batchRounds?: number;
  /** Rewritten methods tried in a step; default 5. */
  readonly candidates?: number;
  /** Rows that every method is tried on, none of them a training row; default 50. */
  readonly development?: number;
  /** Steps without a better method before it ends; default 2. */
  readonly patience?: number;
  /** Default `failures`. */
  readonly objective?: Objective;
  /** Where the method comes from: a text file, or a file of a run's `methods/`; default the prompt pack. */
  readonly methodFile?: string;
  /** Who analyses and rewrites; default the evolver itself. */
  readonly optimiser?: GeneratorPlan;
  /** Chooses the training and the development rows; default 0. */
  readonly seed?: number;
}

/** `AutoOptions` with nothing left open. */
export interface AutoSettings {
  readonly optimise: boolean;
  readonly steps: number;
  readonly batch: number;
  readonly batchRounds: number;
  readonly candidates: number;
  readonly development: number;
  readonly patience: number;
  readonly objective: Objective;
  readonly methodFile: string | null;
  readonly optimiser: GeneratorPlan | null;
  readonly seed: number;
}

type Numbers = Pick<AutoSettings, 'steps' | 'batch' | 'batchRounds' | 'candidates' | 'development' | 'patience'>;

const DEFAULTS: Numbers = { steps: 10, batch: 10, batchRounds: 3, candidates: 5, development: 50, patience: 2 };

/** The published optimiser takes all of its steps. */
const PRESETS: Readonly<Record<'published', Numbers>> = { published: { ...DEFAULTS, patience: 10 } };

export const OBJECTIVES: readonly Objective[] = ['failures', 'ic_ifd'];

export const AUTO_RULES: OptionRules<AutoOptions> = {
  optimise: isBoolean,
  preset: oneOf(...Object.keys(PRESETS)),
  steps: integerFrom(1),
  batch: integerFrom(1),
  batchRounds: integerFrom(1),
  candidates: integerFrom(1),
  development: integerFrom(1),
  patience: integerFrom(1),
  objective: oneOf(...OBJECTIVES),
  methodFile: isText,
  optimiser: isPlan,
  seed: integerFrom(0),
};

/** What says something only where the method is optimised. */
const OPTIMISING = [
  'preset',
  'steps',
  'batch',
  'batchRounds',
  'candidates',
  'development',
  'patience',
  'objective',
  'optimiser',
] as const satisfies readonly (keyof AutoOptions)[];

/**
 * @param scores Whether the run has a scorer.
 * @throws EvosiftError `bad_argument`, naming the field and its value.
 */
export function settleAutoOptions(options: AutoOptions, scores: boolean): AutoSettings {
  checkOptions('auto', options, AUTO_RULES);
  const { optimise = false, objective = 'failures' } = options;
  const idle = optimise ? undefined : OPTIMISING.find((field) => options[field] !== undefined);
  if (idle !== undefined) {
    throw new EvosiftError('bad_argument', `auto: ${idle} says how the method is optimised; it needs optimise`);
  }
  if (objective === 'ic_ifd' && !scores) {
    throw new EvosiftError('bad_argument', 'auto: objective ic_ifd compares scores; it needs a scorer (--score)');
  }
  const preset = options.preset === undefined ? DEFAULTS : PRESETS[options.preset];
  return {
    optimise,
    steps: options.steps ?? preset.steps,
    batch: options.batch ?? preset.batch,
    batchRounds: options.batchRounds ?? preset.batchRounds,
    candidates: options.candidates ?? preset.candidates,
    development: options.development ?? preset.development,
    patience: options.patience ?? preset.patience,
    objective,
    methodFile: options.methodFile ?? null,
    optimiser: options.optimiser ?? null,
    seed: options.seed ?? 0,
  };
}
