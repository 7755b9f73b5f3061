import { EvosiftError } from '../base/errors.js';
import type { GeneratorPlan } from '../llm/generator.js';
import { checkOptions, integerFrom, isBoolean, oneOf, type OptionRules } from '../base/option-checks.js';
import { SCORE_RULES } from '../score/score-options.js';
import { Scorer } from '../score/scorer.js';
import type { AutoOptions } from '../auto-evol/options.js';
import type { BreadthMode } from '../operations/operations.js';
import type { EliminatorPreset } from '../operations/eliminators/eliminator.js';
import { DEFAULT_RETRIES, GENERATION_RULES, type GenerationOptions } from '../ask/generation-options.js';
import { isPlan, planList } from '../ask/request-options.js';
import type { TextScoring } from '../score/scoring-stream.js';

/** What `evolve` takes; `data` and `generators` must be given. */
export interface EvolveOptions extends GenerationOptions {
  /** Each evolves the same seeds, side by side. */
  readonly generators: readonly GeneratorPlan[];
  /** `evol` is Evol-Instruct, `auto` Auto-Evol; default `evol`. */
  readonly method?: 'evol' | 'auto';
  /** How Auto-Evol finds its method. */
  readonly auto?: AutoOptions;
  /** Times that each row is evolved; default 1. A later start may raise it. */
  readonly rounds?: number;
  /** Which operation a row's round takes; default `rotate`. `random` goes by `seed`. */
  readonly schedule?: 'rotate' | 'random';
  /** What becomes of breadth evolution; default `off`. */
  readonly breadth?: BreadthMode;
  /** What is thrown away; default `strict`. */
  readonly eliminate?: EliminatorPreset;
  /** Answer what survives: by its own generator (`true`) or by this one. */
  readonly respond?: boolean | GeneratorPlan;
  /** Scores what survives as it lands; implies `respond`. It is not closed. */
  readonly scorer?: Scorer;
  /** How it scores. */
  readonly scoring?: TextScoring;
  /** Candidates for each row and round, of which the best IC-IFD stays; default 1. More need a scorer. */
  readonly bestOf?: number;
  /** Put the seeds among the rows of `dataset.jsonl`, as round 0; default false. */
  readonly withSeeds?: boolean;
}

export const METHODS = ['evol', 'auto'] as const;
export const SCHEDULES = ['rotate', 'random'] as const;
export const BREADTHS = ['off', 'replace', 'add'] as const;
export const ELIMINATOR_PRESETS = ['none', 'published', 'wizardlm', 'strict'] as const;

/** How an evolution goes, with nothing left open. */
export type EvolutionSettings = Required<
  Pick<
    EvolveOptions,
    'method' | 'rounds' | 'schedule' | 'breadth' | 'eliminate' | 'bestOf' | 'withSeeds' | 'retries' | 'seed'
  >
>;

/** Fills in what a caller left open. */
export const fillEvolveOptions = (options: EvolveOptions): EvolutionSettings => ({
  method: options.method ?? 'evol',
  rounds: options.rounds ?? 1,
  schedule: options.schedule ?? 'rotate',
  breadth: options.breadth ?? 'off',
  eliminate: options.eliminate ?? 'strict',
  bestOf: options.bestOf ?? 1,
  withSeeds: options.withSeeds ?? false,
  retries: options.retries ?? DEFAULT_RETRIES,
  seed: options.seed ?? 0,
});

const SCORING_RULES: OptionRules<TextScoring> = {
  recipe: SCORE_RULES.recipe,
  template: SCORE_RULES.template,
  maxLength: SCORE_RULES.maxLength,
  overflow: SCORE_RULES.overflow,
};

const isObject = { expected: 'an object', accepts: (value: unknown) => typeof value === 'object' && value !== null };

const RULES: OptionRules<EvolveOptions> = {
  ...GENERATION_RULES,
  generators: planList,
  method: oneOf(...METHODS),
  auto: isObject,
  rounds: integerFrom(1),
  schedule: oneOf(...SCHEDULES),
  breadth: oneOf(...BREADTHS),
  eliminate: oneOf(...ELIMINATOR_PRESETS),
  respond: {
    expected: 'true, false or a generator plan',
    accepts: (value) => typeof value === 'boolean' || isPlan.accepts(value),
  },
  scorer: { expected: 'a Scorer', accepts: (value) => value instanceof Scorer },
  scoring: isObject,
  bestOf: integerFrom(1),
  withSeeds: isBoolean,
};

/**
 * @param scores Whether there will be a scorer, where it is not loaded yet.
 * @throws EvosiftError `bad_argument`, naming the field and its value.
 */
export function checkEvolveOptions(options: EvolveOptions, scores = options.scorer !== undefined): void {
  checkOptions('evolve', options, RULES);
  const { data, generators, auto, scoring } = options;
  const { method, breadth, schedule, bestOf } = fillEvolveOptions(options);
  if (data === undefined || data.length === 0) throw bad('data is missing: name files, globs, a directory or a run');
  if (generators === undefined) throw bad('generators is missing: give the plans of at least one');
  const names = generators.map(({ name }) => name);
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  if (twice !== undefined) throw bad(`generators: two are called ${twice}; files tell them apart by name`);
  if (scoring !== undefined) checkOptions('evolve: scoring', scoring, SCORING_RULES);
  if (auto !== undefined && method !== 'auto') throw bad("auto says how method 'auto' works; it needs that method");
  if (method === 'auto' && (breadth !== 'off' || schedule !== 'rotate')) {
    throw bad("schedule and breadth choose among the operations of method 'evol'; method 'auto' has one");
  }
  if (bestOf > 1 && !scores) throw bad('bestOf compares the IC-IFD of candidates; it needs a scorer (--score)');
}

const bad = (message: string): EvosiftError => new EvosiftError('bad_argument', `evolve: ${message}`);
