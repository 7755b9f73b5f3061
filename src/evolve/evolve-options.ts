import { EvosiftError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { GeneratorPlan } from '../llm/generator.js';
import {
  checkOptions,
  integerFrom,
  isBoolean,
  isFunction,
  isLogger,
  isSignal,
  isText,
  oneOf,
  textList,
  textsOf,
  type OptionRules,
} from '../base/option-checks.js';
import type { ScoreOptions } from '../score/score-options.js';
import { COLUMNS, FORMATS, SCORE_RULES } from '../score/score-options.js';
import { Scorer } from '../score/scorer.js';
import type { AutoOptions } from '../auto-evol/options.js';
import type { BreadthMode } from '../operations/operations.js';
import type { EliminatorPreset } from './variant.js';
import type { GenerationProgress } from '../ask/progress.js';
import { isPlan, planList, REQUEST_RULES, type RequestOptions } from '../ask/request-options.js';
import type { VariantScoring } from '../score/scoring-stream.js';

/** What rows a run works on and where it goes. */
export interface RunOptions extends RequestOptions {
  /** Files, globs, directories or run directories, whose rows are taken. */
  readonly data: readonly string[];
  /** Of a directory, only the files of this split, e.g. `train`. */
  readonly split?: string;
  /** What the columns mean; default: settled by the first rows. */
  readonly format?: ScoreOptions['format'];
  /** Which column holds what, where the names are not the usual ones. */
  readonly columns?: ScoreOptions['columns'];
  /** Rows to take at most; a later start may raise it. */
  readonly limit?: number;
  /** The run directory; default one under `runs/`, named by data, generators and a hash of the options. */
  readonly out?: string;
  /** Start over in a directory that holds a run. */
  readonly force?: boolean;
  /** Tries after a result that is thrown away, each with something changed; default 1. */
  readonly retries?: number;
  readonly signal?: AbortSignal;
  /** Told about once a second. */
  readonly onProgress?: (progress: GenerationProgress) => void;
  readonly logger?: Logger;
}

/** Tries after a result that is thrown away, where the caller names no number. */
export const DEFAULT_RETRIES = 1;

/** What `evolve` takes; `data` and `generators` must be given. */
export interface EvolveOptions extends RunOptions {
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
  readonly scoring?: VariantScoring;
  /** Candidates for each row and round, of which the best IC-IFD stays; default 1. More need a scorer. */
  readonly bestOf?: number;
  /** Put the seeds among the rows of `dataset.jsonl`, as round 0; default false. */
  readonly withSeeds?: boolean;
}

/** The rules of what every run takes. */
export const RUN_RULES: OptionRules<RunOptions> = {
  ...REQUEST_RULES,
  data: textList,
  split: isText,
  format: oneOf(...FORMATS),
  columns: textsOf(...COLUMNS),
  limit: integerFrom(1),
  out: isText,
  force: isBoolean,
  retries: integerFrom(0),
  signal: isSignal,
  onProgress: isFunction,
  logger: isLogger,
};

export const METHODS = ['evol', 'auto'] as const;
export const SCHEDULES = ['rotate', 'random'] as const;
export const BREADTHS = ['off', 'replace', 'add'] as const;
export const ELIMINATOR_PRESETS = ['none', 'published', 'wizardlm', 'strict'] as const;

const SCORING_RULES: OptionRules<VariantScoring> = {
  recipe: SCORE_RULES.recipe,
  template: SCORE_RULES.template,
  maxLength: SCORE_RULES.maxLength,
  overflow: SCORE_RULES.overflow,
};

const isObject = { expected: 'an object', accepts: (value: unknown) => typeof value === 'object' && value !== null };

const RULES: OptionRules<EvolveOptions> = {
  ...RUN_RULES,
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
  const { data, generators, method = 'evol', auto, breadth, schedule, bestOf = 1, scoring } = options;
  if (data === undefined || data.length === 0) throw bad('data is missing: name files, globs, a directory or a run');
  if (generators === undefined) throw bad('generators is missing: give the plans of at least one');
  const names = generators.map(({ name }) => name);
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  if (twice !== undefined) throw bad(`generators: two are called ${twice}; files tell them apart by name`);
  if (scoring !== undefined) checkOptions('evolve: scoring', scoring, SCORING_RULES);
  if (auto !== undefined && method !== 'auto') throw bad("auto says how method 'auto' works; it needs that method");
  if (method === 'auto' && ((breadth ?? 'off') !== 'off' || (schedule ?? 'rotate') !== 'rotate')) {
    throw bad("schedule and breadth choose among the operations of method 'evol'; method 'auto' has one");
  }
  if (bestOf > 1 && !scores) throw bad('bestOf compares the IC-IFD of candidates; it needs a scorer (--score)');
}

const bad = (message: string): EvosiftError => new EvosiftError('bad_argument', `evolve: ${message}`);
