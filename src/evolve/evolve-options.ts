import { checkRowsAreNamed, GENERATION_OPTIONS, type GenerationOptions } from '../ask/generation-options.js';
import { GENERATORS_OPTION, GENERATOR_OPTION } from '../ask/request-options.js';
import { settleAutoOptions, type AutoOptions, type AutoSettings } from '../auto-evol/options.js';
import { EvosiftError } from '../base/errors.js';
import { isRecord } from '../base/json.js';
import {
  checkOptions,
  choice,
  fillOptions,
  integer,
  option,
  toggle,
  type Filled,
  type OptionTable,
} from '../base/options.js';
import type { GeneratorPlan } from '../llm/generator.js';
import { ELIMINATOR_PRESETS, type EliminatorPreset } from '../operations/eliminators/eliminator.js';
import { BREADTHS, type BreadthMode } from '../operations/operations.js';
import { checkScorerSource, SCORER_OPTION, type ScorerSource } from '../score/run/borrow-scorer.js';
import { RECIPE_OPTIONS, type RecipeOptions } from '../score/score-options.js';

export const METHODS = ['evol', 'auto'] as const;
export const SCHEDULES = ['rotate', 'random'] as const;

/** What `evolve` takes; `generators`, and `data` or `rows`, must be given. */
export interface EvolveOptions extends GenerationOptions {
  /** Each evolves the same seeds, side by side. */
  readonly generators: readonly GeneratorPlan[];
  /** `evol` is Evol-Instruct, `auto` Auto-Evol; default `evol`. */
  readonly method?: (typeof METHODS)[number];
  /** How Auto-Evol finds its method. */
  readonly auto?: AutoOptions;
  /** Times that each row is evolved; default 1. A later start may raise it. */
  readonly rounds?: number;
  /** Which operation a row's round takes; default `rotate`. `random` goes by `seed`. */
  readonly schedule?: (typeof SCHEDULES)[number];
  /** What becomes of breadth evolution; default `off`. */
  readonly breadth?: BreadthMode;
  /** What is thrown away; default `strict`. */
  readonly eliminate?: EliminatorPreset;
  /** Answer what survives: by its own generator (`true`) or by this one. */
  readonly respond?: boolean | GeneratorPlan;
  /** Scores what survives as it lands, and implies `respond`: a scorer, which stays open, or what to load one from. */
  readonly scorer?: ScorerSource;
  /** How it scores. */
  readonly scoring?: RecipeOptions;
  /** Candidates for each row and round, of which the best IC-IFD stays; default 1. More need a scorer. */
  readonly bestOf?: number;
  /** Put the seeds among the rows of `dataset.jsonl`, as round 0; default false. */
  readonly withSeeds?: boolean;
}

const isObject = { expected: 'an object', accepts: isRecord };

export const EVOLVE_OPTIONS = {
  ...GENERATION_OPTIONS,
  generators: GENERATORS_OPTION,
  method: choice(METHODS, { flag: '--method <method>', help: 'Evol-Instruct or Auto-Evol', default: 'evol' }),
  auto: option<AutoOptions>(isObject, {}),
  rounds: integer(
    { from: 1 },
    { flag: '--rounds <n>', help: 'times that each row is evolved (may grow later)', default: 1 },
  ),
  schedule: choice(SCHEDULES, {
    flag: '--schedule <how>',
    help: 'which operation comes when',
    default: 'rotate',
  }),
  breadth: choice(BREADTHS, {
    flag: '--breadth <how>',
    help: 'new tasks: none, in place of their row, or added',
    default: 'off',
  }),
  eliminate: choice(ELIMINATOR_PRESETS, {
    flag: '--eliminate <preset>',
    help: 'what is thrown away',
    default: 'strict',
  }),
  respond: option<boolean | GeneratorPlan>(
    {
      expected: 'true, false or a generator plan',
      accepts: (value) => typeof value === 'boolean' || GENERATOR_OPTION.accepts(value),
    },
    {},
  ),
  scorer: SCORER_OPTION,
  scoring: option<RecipeOptions>(isObject, {}),
  bestOf: integer(
    { from: 1 },
    { flag: '--best-of <n>', help: 'with --score: keep the best IC-IFD among N surviving candidates', default: 1 },
  ),
  withSeeds: toggle({
    flag: '--with-seeds',
    help: 'put the seeds among the rows of dataset.jsonl, as round 0',
    default: false,
  }),
} as const satisfies OptionTable<EvolveOptions>;

/** `EvolveOptions` with the defaults filled in. */
export type EvolveSettings = Omit<Filled<EvolveOptions, typeof EVOLVE_OPTIONS>, 'auto'> & {
  /** Null where Evol-Instruct evolves. */
  readonly auto: AutoSettings | null;
};

/** @throws EvosiftError `bad_argument`, naming the option and its value. */
export function settleEvolveOptions(options: EvolveOptions): EvolveSettings {
  checkOptions('evolve', options, EVOLVE_OPTIONS);
  checkRowsAreNamed('evolve', options);
  const { generators, auto, scorer, scoring } = options;
  if (generators === undefined) throw bad('generators', '`generators` is missing: give the plans of at least one');
  const names = generators.map(({ name }) => name);
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  if (twice !== undefined) {
    throw bad('generators', `two \`generators\` are called ${twice}; files tell them apart by name`);
  }
  if (scorer !== undefined) checkScorerSource('evolve', scorer);
  if (scoring !== undefined) checkOptions('evolve: scoring', scoring, RECIPE_OPTIONS);

  const settings = fillOptions(options, EVOLVE_OPTIONS);
  const { method, breadth, schedule, bestOf } = settings;
  if (auto !== undefined && method !== 'auto') {
    throw bad('auto', "`auto` says how method 'auto' works; it needs that `method`");
  }
  if (method === 'auto' && (breadth !== 'off' || schedule !== 'rotate')) {
    const named = breadth === 'off' ? 'schedule' : 'breadth';
    throw bad(named, "`schedule` and `breadth` choose among the operations of method 'evol'; method 'auto' has one");
  }
  if (bestOf > 1 && scorer === undefined) {
    throw bad('bestOf', '`bestOf` compares the IC-IFD of candidates; it needs `scorer`');
  }
  return {
    ...settings,
    auto:
      method === 'auto' ? settleAutoOptions({ ...auto, seed: auto?.seed ?? options.seed }, scorer !== undefined) : null,
  };
}

const bad = (name: string, message: string): EvosiftError =>
  new EvosiftError('bad_argument', `evolve: ${message}`, { option: name });
