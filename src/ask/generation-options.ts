import {
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
import type { Logger } from '../base/logger.js';
import { COLUMNS, ROW_FORMATS, type ScoreOptions } from '../score/score-options.js';
import type { GenerationProgress } from './progress.js';
import { REQUEST_RULES, type RequestOptions } from './request-options.js';

/** What rows a run works on and where it goes. */
export interface GenerationOptions extends RequestOptions {
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

/** The rules of what every run takes. */
export const GENERATION_RULES: OptionRules<GenerationOptions> = {
  ...REQUEST_RULES,
  data: textList,
  split: isText,
  format: oneOf(...ROW_FORMATS),
  columns: textsOf(...COLUMNS),
  limit: integerFrom(1),
  out: isText,
  force: isBoolean,
  retries: integerFrom(0),
  signal: isSignal,
  onProgress: isFunction,
  logger: isLogger,
};
