import {
  abortSignal,
  checkOptions,
  choice,
  fillOptions,
  integer,
  option,
  toggle,
  type Filled,
  type OptionTable,
} from '../base/options.js';
import { EvosiftError } from '../base/errors.js';
import { isRecord } from '../base/json.js';
import type { EngineInfo } from '../engine/engine.js';
import { READ_OPTIONS, type ReadOptions } from '../rows/data-options.js';
import { recipes } from './recipes/index.js';
import { TEMPLATES, type RecipeName, type TemplateName } from './recipes/recipe.js';

/** @throws EvosiftError `bad_argument` */
function parseKwargs(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Told below.
  }
  throw new EvosiftError(
    'bad_argument',
    `\`templateKwargs\` must be a JSON object, such as {"enable_thinking":false}`,
    {
      option: 'templateKwargs',
    },
  );
}

export const TURNS = ['reject', 'last', 'each'] as const;
export const OVERFLOWS = ['skip', 'truncate'] as const;
export const ANSWERS = ['chosen', 'rejected'] as const;
export const FORMS = ['loss', 'ppl'] as const;
export const REASONING = ['include', 'exclude', 'only'] as const;
export const SPECIAL_TOKENS = ['control', 'text'] as const;

/** How texts become scores. */
export interface RecipeOptions {
  /** Which passes are made over a row and what is averaged; default `paper`. */
  readonly recipe?: RecipeName;
  /** How `aligned` joins a row's texts; default `bare`. The other recipes bring their own. */
  readonly template?: TemplateName;
  /** The most tokens of a sequence; default the recipe's own, or else the model's context. */
  readonly maxLength?: number;
  /** What becomes of longer rows; default `skip` (reason `too_long`). */
  readonly overflow?: (typeof OVERFLOWS)[number];
  /**
   * What of an answer counts: default `include`, all that the row brings; without its reasoning, or that alone. The
   * recipes that know one exchange then score an answer that holds nothing else.
   */
  readonly reasoning?: (typeof REASONING)[number];
  /** Special tokens written in a row's own text are control tokens, as in HF (default), or text like any other. */
  readonly specialTokens?: (typeof SPECIAL_TOKENS)[number];
  /** Switches of the model's chat template, such as `{ enable_thinking: false }`. */
  readonly templateKwargs?: Readonly<Record<string, unknown>>;
}

export const RECIPE_OPTIONS = {
  recipe: choice(Object.keys(recipes) as RecipeName[], {
    flag: '-r, --recipe <recipe>',
    help: 'which passes are made over a row, and what is averaged',
    default: 'paper',
  }),
  template: choice(TEMPLATES, { flag: '--template <template>', help: 'how aligned joins texts' }),
  maxLength: integer({ from: 2 }, { flag: '--max-length <n>', help: 'the most tokens of a scored sequence' }),
  overflow: choice(OVERFLOWS, { flag: '--overflow <how>', help: 'what becomes of longer rows', default: 'skip' }),
  reasoning: choice(REASONING, {
    flag: '--reasoning <how>',
    help: 'what of an answer counts: with its reasoning, without it, or that alone',
    default: 'include',
  }),
  specialTokens: choice(SPECIAL_TOKENS, {
    flag: '--special-tokens <as>',
    help: "what special tokens in a row's own text are",
    default: 'control',
  }),
  templateKwargs: option<Readonly<Record<string, unknown>>>(
    { expected: 'an object', accepts: isRecord, parse: parseKwargs },
    { flag: '--template-kwargs <json>', help: 'switches of the chat template, such as {"enable_thinking":false}' },
  ),
} as const satisfies OptionTable<RecipeOptions>;

/** How rows are scored. */
export interface ScoreOptions extends RecipeOptions, ReadOptions {
  /** What the recipes that know one exchange do with rows of several: default `reject` (reason `multi_turn`). */
  readonly turns?: (typeof TURNS)[number];
  /** Which answer of a preference row is scored; default `chosen`. */
  readonly answer?: (typeof ANSWERS)[number];
  /** Also the losses themselves. */
  readonly perToken?: boolean;
  /**
   * Tokens in a batch at most, about: a slow model gets fewer, about a second's work. Several batches are in flight at
   * once. Default 16,384, or what a thread of the engine takes. Scores do not depend on it.
   */
  readonly batchTokens?: number;
  /** Throw, with code `strict`, at the first row without a score. */
  readonly strict?: boolean;
  readonly signal?: AbortSignal;
}

export const SCORE_OPTIONS = {
  ...RECIPE_OPTIONS,
  turns: choice(TURNS, { flag: '--turns <turns>', help: 'rows of several exchanges', default: 'reject' }),
  ...READ_OPTIONS,
  answer: choice(ANSWERS, { flag: '--answer <which>', help: 'the answer of a preference row that is scored' }),
  perToken: toggle({ flag: '--per-token', help: 'write the losses themselves', default: false }),
  batchTokens: integer(
    { from: 1 },
    { flag: '--batch-tokens <n>', help: 'the most tokens in a batch (scores do not depend on it)' },
  ),
  strict: toggle({ flag: '--strict', help: 'stop at the first row without a score', default: false }),
  signal: abortSignal,
} as const satisfies OptionTable<ScoreOptions>;

const LEAST_BATCH_TOKENS = 16_384;

/** The most tokens in a batch where the caller names no number: enough to fill what a thread of the engine takes. */
export const defaultBatchTokens = ({ slabTokens }: Pick<EngineInfo, 'slabTokens'>): number =>
  Math.max(LEAST_BATCH_TOKENS, slabTokens);

/** `ScoreOptions` with the defaults filled in. */
export type ScoreSettings = Filled<ScoreOptions, typeof SCORE_OPTIONS>;

/** @throws EvosiftError `bad_argument`, naming the option and its value. */
export function settleScoreOptions(options: ScoreOptions): ScoreSettings {
  checkOptions('score', options, SCORE_OPTIONS);
  return fillOptions(options, SCORE_OPTIONS);
}
