import type { ColumnMap, RowFormat } from '../rows/row-layout.js';
import type { EngineInfo } from '../engine/engine.js';
import { recipes } from './recipes/index.js';
import type { RecipeName, TemplateName } from './recipes/recipe.js';
import {
  checkOptions,
  integerFrom,
  isBoolean,
  isSignal,
  oneOf,
  textsOf,
  type OptionRules,
} from '../base/option-checks.js';

/** How rows are scored. */
export interface ScoreOptions {
  /** Which passes are made over a row and what is averaged; default `paper`. */
  readonly recipe?: RecipeName;
  /** How `aligned` joins a row's texts; default `bare`. The other recipes bring their own. */
  readonly template?: TemplateName;
  /** What the recipes that know one exchange do with rows of several: default `reject` (reason `multi_turn`). */
  readonly turns?: 'reject' | 'last' | 'each';
  /** The most tokens of a sequence; default the recipe's own, or else the model's context. */
  readonly maxLength?: number;
  /** What becomes of longer rows; default `skip` (reason `too_long`). */
  readonly overflow?: 'skip' | 'truncate';
  /** What the columns mean; default: settled by the first rows. */
  readonly format?: 'auto' | RowFormat;
  /** Which column holds what, where the names are not the usual ones. */
  readonly columns?: ColumnMap;
  /** Which answer of a preference row is scored; default `chosen`. */
  readonly answer?: 'chosen' | 'rejected';
  /** Also the losses themselves. */
  readonly perToken?: boolean;
  /**
   * Tokens in a batch at most, about: a slow model gets fewer, about a second's work. Several batches are in flight at
   * once. Default 16,384. Scores do not depend on it.
   */
  readonly batchTokens?: number;
  /** Throw, with code `strict`, at the first row without a score. */
  readonly strict?: boolean;
  readonly signal?: AbortSignal;
}

export const TEMPLATES: readonly TemplateName[] = ['bare', 'alpaca', 'chat'];
export const TURNS = ['reject', 'last', 'each'] as const;
export const OVERFLOWS = ['skip', 'truncate'] as const;
export const ANSWERS = ['chosen', 'rejected'] as const;
export const ROW_FORMATS = [
  'auto',
  'alpaca',
  'sharegpt',
  'messages',
  'prompt-completion',
  'query-response',
  'preference',
] as const;
export const COLUMNS = ['instruction', 'input', 'output', 'id', 'system', 'history', 'messages'] as const;

const LEAST_BATCH_TOKENS = 16_384;

/** The most tokens in a batch where the caller names no number: enough to fill what a thread of the engine takes. */
export const defaultBatchTokens = ({ slabTokens }: Pick<EngineInfo, 'slabTokens'>): number =>
  Math.max(LEAST_BATCH_TOKENS, slabTokens);

export const SCORE_RULES: OptionRules<ScoreOptions> = {
  recipe: oneOf(...Object.keys(recipes)),
  template: oneOf(...TEMPLATES),
  turns: oneOf(...TURNS),
  maxLength: integerFrom(2),
  overflow: oneOf(...OVERFLOWS),
  format: oneOf(...ROW_FORMATS),
  columns: textsOf(...COLUMNS),
  answer: oneOf(...ANSWERS),
  perToken: isBoolean,
  batchTokens: integerFrom(1),
  strict: isBoolean,
  signal: isSignal,
};

/** @throws EvosiftError `bad_argument`, naming the field and its value. */
export const checkScoreOptions = (options: ScoreOptions): void => checkOptions('score', options, SCORE_RULES);
