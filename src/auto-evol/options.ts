import { GENERATOR_OPTION } from '../ask/request-options.js';
import { EvosiftError } from '../base/errors.js';
import {
  checkOptions,
  choice,
  fillOptions,
  integer,
  text,
  toggle,
  type Filled,
  type OptionTable,
} from '../base/options.js';
import type { GeneratorPlan } from '../llm/generator.js';

/**
 * What makes a method better: fewer rows that fail (`failures`); or a higher mean IC-IFD of the development set without
 * more rows that fail (`ic_ifd`).
 */
export const OBJECTIVES = ['failures', 'ic_ifd'] as const;
export type Objective = (typeof OBJECTIVES)[number];

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

const NUMBERS = { steps: 10, batch: 10, batchRounds: 3, candidates: 5, development: 50, patience: 2 };
type Numbers = typeof NUMBERS;

/** What the numbers are where they are left out. The published optimiser takes all of its steps. */
const PRESETS: Readonly<Record<'published', Numbers>> = { published: { ...NUMBERS, patience: 10 } };

const numberOption = (name: keyof Numbers, flag: string, help: string) =>
  integer({ from: 1 }, { flag, help: `${help} (default ${NUMBERS[name]})` });

export const AUTO_OPTIONS = {
  optimise: toggle({
    flag: '--optimise',
    help: 'with --method auto: rewrite the method before anything is evolved with it',
    default: false,
  }),
  preset: choice(Object.keys(PRESETS) as (keyof typeof PRESETS)[], {
    flag: '--auto-preset <name>',
    help: 'the numbers below as published',
  }),
  steps: numberOption('steps', '--steps <n>', 'times that the method is rewritten at most'),
  batch: numberOption('batch', '--batch <n>', 'training rows evolved in a step'),
  batchRounds: numberOption('batchRounds', '--batch-rounds <n>', "rounds that a step's rows are evolved for"),
  candidates: numberOption('candidates', '--candidates <n>', 'rewritten methods tried in a step'),
  development: numberOption('development', '--development <n>', 'rows that every method is tried on'),
  patience: numberOption('patience', '--patience <n>', 'steps without a better method before it ends'),
  objective: choice(OBJECTIVES, {
    flag: '--objective <what>',
    help: 'what makes a method better',
    default: 'failures',
  }),
  methodFile: text({
    flag: '--method-file <file>',
    help: 'the method to begin with: a text, or a file of methods/ of a run',
  }),
  optimiser: GENERATOR_OPTION,
  seed: integer({ from: 0 }, { default: 0 }),
} as const satisfies OptionTable<AutoOptions>;

/** `AutoOptions` with the defaults filled in, the preset's among them. */
export type AutoSettings = Filled<AutoOptions, typeof AUTO_OPTIONS> & Numbers;

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
 * @throws EvosiftError `bad_argument`, naming the option and its value.
 */
export function settleAutoOptions(options: AutoOptions, scores: boolean): AutoSettings {
  checkOptions('auto', options, AUTO_OPTIONS);
  const { optimise = false, objective, preset } = options;
  const idle = optimise ? undefined : OPTIMISING.find((name) => options[name] !== undefined);
  if (idle !== undefined) {
    throw bad(idle, `auto: \`${idle}\` says how the method is optimised; it needs \`optimise\``);
  }
  if (objective === 'ic_ifd' && !scores) {
    throw bad('objective', 'auto: the `objective` ic_ifd compares scores; it needs `scorer`');
  }
  return { ...(preset === undefined ? NUMBERS : PRESETS[preset]), ...fillOptions(options, AUTO_OPTIONS) };
}

const bad = (name: string, message: string): EvosiftError =>
  new EvosiftError('bad_argument', message, { option: name });
