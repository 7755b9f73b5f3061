import { GENERATION_OPTIONS, type GenerationOptions } from '../ask/generation-options.js';
import { GENERATOR_OPTION } from '../ask/request-options.js';
import { isRecord } from '../base/json.js';
import { choice, integer, option, text, texts, toggle, type OptionTable } from '../base/options.js';
import { thresholdOption } from '../base/threshold.js';
import type { GeneratorPlan } from '../llm/generator.js';
import { SANDBOX_OPTIONS, type SandboxOptions } from '../sandbox/index.js';
import { SCORER_OPTION, type ScorerSource } from '../score/run/borrow-scorer.js';
import type { RecipeOptions } from '../score/score-options.js';
import { CROSS_PRESETS, type CrossPreset } from './verifiers/cross-validate.js';
import { SFT_LAYOUTS, type SftLayout } from './rows/row-shapes.js';

/** How many constraints are asked for beside the seeds. */
export const AUGMENTATIONS = ['off', 'small', 'published'] as const;
export const CONTRADICTIONS = ['any', 'most', 'off'] as const;

/** What `autoif` takes; `queries` or `rows` must be given, and `generator` unless nobody is asked. */
export interface AutoifOptions extends Omit<GenerationOptions, 'data'>, SandboxOptions {
  /** Writes constraints, functions and back-translations, and does what no other generator is named for. */
  readonly generator?: GeneratorPlan;
  /** Answers the queries. */
  readonly responder?: GeneratorPlan;
  /** Judges contradictions and grades answers. */
  readonly judge?: GeneratorPlan;
  /** The data whose rows' first user messages are the queries: as `data` of the other calls. */
  readonly queries?: readonly string[];
  /** A file of constraints in place of the built-in ones. */
  readonly seeds?: string;
  /** Verified constraints of an earlier run, or of a file (see `readVerifiers`): none are sought. */
  readonly verifiers?: string;
  /** `small`: 5 requests of 20 constraints; `published`: 100 of 50; default `small`. */
  readonly augment?: (typeof AUGMENTATIONS)[number];
  /** Requests for more constraints, in place of what `augment` says. */
  readonly augmentRequests?: number;
  /** Constraints that each of them asks for. */
  readonly augmentSize?: number;
  /** The first so many constraints are taken. */
  readonly maxConstraints?: number;
  /** Functions with test cases that are asked for, for each constraint; default 8. */
  readonly samples?: number;
  /** How functions and cases must agree; default `paper`. */
  readonly preset?: CrossPreset;
  /** The accuracy over the cases that a function is kept with (`>0.5`, `>=0.8`, `off`), in place of the preset's. */
  readonly accuracy?: string;
  /** Distinct functions that a constraint needs before any is thrown away, in place of the preset's. */
  readonly minFunctions?: number;
  /** Distinct cases that it needs, likewise. */
  readonly minCases?: number;
  /** Functions of each constraint that are put back into words; default 3. 0 switches this and what follows of it off. */
  readonly backTranslations?: number;
  /** How many of them may not contradict the constraint; default `any`: none may. */
  readonly contradictions?: (typeof CONTRADICTIONS)[number];
  /** The directory of an ONNX model for natural language inference, which judges contradictions. */
  readonly nli?: string;
  /** Queries for each constraint; default 16. */
  readonly queriesPerConstraint?: number;
  /** Constraints for each query; default 1. */
  readonly constraintsPerQuery?: number;
  /** Characters; default 20. */
  readonly queryMin?: number;
  /** Characters; default 300. */
  readonly queryMax?: number;
  /** Make preference pairs, too: `dpo.jsonl`. */
  readonly dpo?: boolean;
  /** Answers to each query; default 1, or 8 with `dpo`. 0 ends the run with the pairs. */
  readonly responses?: number;
  /** Answers that are there, by the pairs' ids, in place of asking for any. */
  readonly responsesFile?: string;
  /** The share of its functions that an answer must satisfy; default `>0.5`. */
  readonly responseAccuracy?: string;
  /** The grade from 0 to 10 that an answer must have; default `>8`. `off`: none is asked for. */
  readonly quality?: string;
  /** How `sft.jsonl` has constraint and query; default `joined`. */
  readonly layout?: SftLayout;
  /** Answers to each query in `sft.jsonl`; default 1, the best. */
  readonly sftPerQuery?: number;
  /** Describe `sft.jsonl` and `dpo.jsonl` in a `dataset_info.json` beside them. */
  readonly datasetInfo?: boolean;
  /** Scores `sft.jsonl`: a scorer, which stays open, or what to load one from. */
  readonly scorer?: ScorerSource;
  /** How it scores. */
  readonly scoring?: RecipeOptions;
}

const { data: _data, ...withoutData } = GENERATION_OPTIONS;

export const AUTOIF_OPTIONS = {
  ...withoutData,
  generator: GENERATOR_OPTION,
  responder: GENERATOR_OPTION,
  judge: GENERATOR_OPTION,
  queries: texts,
  seeds: text({ flag: '--seeds <file>', help: 'constraints, one a line, in place of the built-in ones' }),
  verifiers: text({
    flag: '--verifiers <run|file>',
    help: 'constraints with functions of an earlier run, or of a file, in place of seeking some',
  }),
  augment: choice(AUGMENTATIONS, {
    flag: '--augment <how>',
    help: 'ask for more constraints: not, 5 requests of 20, or 100 of 50',
    default: 'small',
  }),
  augmentRequests: integer({ from: 0 }, { flag: '--augment-requests <n>', help: 'requests for more constraints' }),
  augmentSize: integer({ from: 1, to: 500 }, { flag: '--augment-size <n>', help: 'constraints a request' }),
  maxConstraints: integer({ from: 1 }, { flag: '--max-constraints <n>', help: 'take the first so many constraints' }),
  samples: integer(
    { from: 1 },
    { flag: '--samples <k>', help: 'functions with test cases that are asked for, for each constraint', default: 8 },
  ),
  preset: choice(CROSS_PRESETS, {
    flag: '--preset <name>',
    help: 'how functions and cases must agree',
    default: 'paper',
  }),
  accuracy: thresholdOption(
    { to: 1 },
    { flag: '--accuracy <rule>', help: 'of a function over the cases: >0.5, >=0.8, off (default: the preset’s)' },
  ),
  minFunctions: integer(
    { from: 1 },
    { flag: '--min-functions <n>', help: 'distinct functions that a constraint needs (default: the preset’s)' },
  ),
  minCases: integer(
    { from: 1 },
    { flag: '--min-cases <n>', help: 'distinct cases that a constraint needs (default: the preset’s)' },
  ),
  backTranslations: integer(
    { from: 0 },
    {
      flag: '--back-translations <n>',
      help: 'functions of a constraint that are put back into words; 0: none',
      default: 3,
    },
  ),
  contradictions: choice(CONTRADICTIONS, {
    flag: '--contradictions <rule>',
    help: 'drop a constraint that any, or most, of them contradict',
    default: 'any',
  }),
  nli: text({ flag: '--nli <dir>', help: 'an ONNX model that judges contradictions, in place of the generator' }),
  queriesPerConstraint: integer(
    { from: 1 },
    { flag: '--queries-per-constraint <n>', help: 'queries that each constraint is paired with', default: 16 },
  ),
  constraintsPerQuery: integer(
    { from: 1, to: 10 },
    { flag: '--constraints-per-query <n>', help: 'constraints that each query has', default: 1 },
  ),
  queryMin: integer({ from: 0 }, { flag: '--query-min <n>', help: 'characters of the shortest query', default: 20 }),
  queryMax: integer({ from: 1 }, { flag: '--query-max <n>', help: 'characters of the longest query', default: 300 }),
  dpo: toggle({ flag: '--dpo', help: 'make preference pairs, too', default: false }),
  responses: integer(
    { from: 0 },
    { flag: '--responses <k>', help: 'answers to a query (default 1; 8 with --dpo; 0: make the pairs alone)' },
  ),
  responsesFile: text({
    flag: '--responses-file <file>',
    help: "answers that are there, by the ids of the run's pairs.jsonl",
  }),
  responseAccuracy: thresholdOption(
    { to: 1 },
    {
      flag: '--response-accuracy <rule>',
      help: 'the share of its functions that an answer satisfies',
      default: '>0.5',
    },
  ),
  quality: thresholdOption(
    { to: 10 },
    { flag: '--quality <rule>', help: "an answer's grade from 0 to 10; off: none is asked for", default: '>8' },
  ),
  layout: choice(SFT_LAYOUTS, {
    flag: '--layout <how>',
    help: 'constraint and query as one instruction, as instruction and input, or as messages',
    default: 'joined',
  }),
  sftPerQuery: integer(
    { from: 1 },
    { flag: '--sft-per-query <n>', help: 'answers to a query in sft.jsonl, the best first', default: 1 },
  ),
  datasetInfo: toggle({
    flag: '--dataset-info',
    help: 'describe sft.jsonl and dpo.jsonl for LLaMA-Factory',
    default: false,
  }),
  scorer: SCORER_OPTION,
  scoring: option<RecipeOptions>({ expected: 'an object', accepts: isRecord }, {}),
  ...SANDBOX_OPTIONS,
} as const satisfies OptionTable<AutoifOptions>;
