import type { Readable } from 'node:stream';
import { parseShard } from '../../runs/shard.js';
import { EvosiftError } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import { parseShare } from '../../runs/share.js';
import {
  checkOptions,
  integerFrom,
  isBoolean,
  isFunction,
  isLogger,
  isText,
  oneOf,
  textList,
  type OptionRule,
  type OptionRules,
} from '../../base/option-checks.js';
import { SCORE_RULES, type ScoreOptions } from '../score-options.js';

/** How far a run is. */
export interface RunProgress {
  /** Rows with an outcome, those of earlier starts included. */
  readonly rows: number;
  /** Rows that there will be. */
  readonly total: number;
  /** Tokens that the engine has read, in all starts. */
  readonly tokens: number;
}

/** What `scoreFiles` takes; `data` alone must be given, and with `from` not even that. */
export interface ScoreFilesOptions extends ScoreOptions {
  /** Files, globs, directories; or `['-']` for `input`. Default with `from`: that run's own. */
  readonly data?: readonly string[];
  /** What `-` reads; default standard input. It is kept in the run directory, so that the run can be resumed. */
  readonly input?: Readable;
  /** Of a directory, only the files of this split, e.g. `train`. */
  readonly split?: string;
  /** The run directory; default one under `runs/`, named by data, model, recipe, dtype and a hash of the options. */
  readonly out?: string;
  /** `ppl` adds `ifd_ppl` and `ic_ifd_ppl`; default `loss`. */
  readonly form?: 'loss' | 'ppl';
  /** Rows to score at most; a later start may raise it. */
  readonly limit?: number;
  /** `I/N`: only the I-th of N contiguous ranges of rows. */
  readonly shard?: string;
  /** A run whose scores are taken over where content and identity agree. */
  readonly reuse?: string;
  /** A cascade: only the best rows, by ic_ifd, of this earlier run; `top` says how many. */
  readonly from?: string;
  /** With `from`: `30%` of its scored rows (half rounded up), or a number of rows. */
  readonly top?: string;
  /** Start over in a directory that holds a run. */
  readonly force?: boolean;
  /** Told after every row. */
  readonly onProgress?: (progress: RunProgress) => void;
  /** Told what the run's own `log.jsonl` is told. */
  readonly logger?: Logger;
}

const isReadable: OptionRule = {
  expected: 'a readable stream',
  accepts: (value) => typeof value === 'object' && value !== null && Symbol.asyncIterator in value,
};

const RULES: OptionRules<ScoreFilesOptions> = {
  ...SCORE_RULES,
  data: textList,
  input: isReadable,
  split: isText,
  out: isText,
  form: oneOf('loss', 'ppl'),
  limit: integerFrom(1),
  shard: isText,
  reuse: isText,
  from: isText,
  top: isText,
  force: isBoolean,
  onProgress: isFunction,
  logger: isLogger,
};

/** @throws EvosiftError `bad_argument`, naming the field and its value. */
export function checkScoreFilesOptions(options: ScoreFilesOptions): void {
  checkOptions('scoreFiles', options, RULES);
  const { data = [], from, top, shard } = options;
  if ((from === undefined) !== (top === undefined)) {
    throw bad('from and top go together: from names an earlier run, top the share of it to score again, e.g. 30%');
  }
  if (shard !== undefined) parseShard(shard);
  if (top !== undefined) parseShare(top, 'top');
  if (from === undefined && data.length === 0) {
    throw bad('data is missing: name files, globs, a directory, or - for standard input');
  }
  if (data.includes('-') && data.length !== 1) {
    throw bad('- (standard input) cannot be joined with files: name one or the other');
  }
}

const bad = (message: string): EvosiftError => new EvosiftError('bad_argument', message);
