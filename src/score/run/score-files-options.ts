import type { Readable } from 'node:stream';
import { EvosiftError } from '../../base/errors.js';
import { isRecord } from '../../base/json.js';
import type { Logger } from '../../base/logger.js';
import {
  callback,
  checkOptions,
  choice,
  fillOptions,
  loggerOption,
  option,
  text,
  type Filled,
  type OptionTable,
} from '../../base/options.js';
import { checkHubData, DATA_OPTIONS, type DataOptions } from '../../rows/data-options.js';
import { RUN_DIRECTORY_OPTIONS, type RunDirectoryOptions } from '../../runs/run-directory-options.js';
import { parseShard } from '../../runs/shard.js';
import { parseShare, SHARE_RULE } from '../../runs/share.js';
import { FORMS, SCORE_OPTIONS, type ScoreOptions } from '../score-options.js';
import { checkScorerSource, SCORER_OPTION, type ScorerSource } from './borrow-scorer.js';

/** How far a run is. */
export interface RunProgress {
  /** Rows with an outcome, those of earlier starts included. */
  readonly rows: number;
  /** Rows that there will be. */
  readonly total: number;
  /** Tokens that the engine has read, in all starts. */
  readonly tokens: number;
}

/** How files are scored into a run, whatever with. `data` or `rows` must be given, and with `from` not even that. */
export interface FileScoringOptions extends ScoreOptions, DataOptions, RunDirectoryOptions {
  /** What `data: ['-']` reads; default standard input. It is kept in the run directory, so that the run can go on. */
  readonly input?: Readable;
  /** `ppl` adds `ifd_ppl` and `ic_ifd_ppl`; default `loss`. */
  readonly form?: (typeof FORMS)[number];
  /** `I/N`: only the I-th of N contiguous ranges of rows. */
  readonly shard?: string;
  /** A run whose scores are taken over where content and identity agree. */
  readonly reuse?: string;
  /** A cascade: only the best rows of this earlier run, by what its recipe ranks by; `top` says how many. */
  readonly from?: string;
  /** With `from`: `30%` of its scored rows (half rounded up), or a number of rows. */
  readonly top?: string | number;
  /** Told after every row. */
  readonly onProgress?: (progress: RunProgress) => void;
  /** Told what the run's own `log.jsonl` is told. */
  readonly logger?: Logger;
}

/** What `scoreFiles` takes. */
export interface ScoreFilesOptions extends FileScoringOptions {
  /** The scorer, which stays open; or what to load one from, which is closed again. */
  readonly scorer: ScorerSource;
}

const FILE_SCORING_OPTIONS = {
  ...SCORE_OPTIONS,
  form: choice(FORMS, { flag: '--form <form>', help: 'ppl adds ifd_ppl and ic_ifd_ppl', default: 'loss' }),
  ...RUN_DIRECTORY_OPTIONS,
  ...DATA_OPTIONS,
  input: option<Readable>(
    { expected: 'a readable stream', accepts: (value) => isRecord(value) && Symbol.asyncIterator in value },
    {},
  ),
  shard: text({ flag: '--shard <i/n>', help: 'only the I-th of N ranges of rows; see merge' }),
  reuse: text({ flag: '--reuse <run>', help: 'take scores over from a run where content and settings agree' }),
  from: text({ flag: '--from <run>', help: 'score again the best rows of an earlier run, --top says how many' }),
  top: option<string | number>(SHARE_RULE, {
    flag: '--top <share>',
    help: 'with --from: 30% of its scored rows, or a number of rows',
  }),
  onProgress: callback,
  logger: loggerOption,
} as const satisfies OptionTable<FileScoringOptions>;

export const SCORE_FILES_OPTIONS = {
  ...FILE_SCORING_OPTIONS,
  scorer: SCORER_OPTION,
} as const satisfies OptionTable<ScoreFilesOptions>;

/** `FileScoringOptions` with the defaults filled in. */
export type FileScoringSettings = Filled<FileScoringOptions, typeof FILE_SCORING_OPTIONS>;

/** @throws EvosiftError `bad_argument`, naming the option and its value. */
export function settleFileScoringOptions(options: FileScoringOptions): FileScoringSettings {
  checkOptions('scoreFiles', options, FILE_SCORING_OPTIONS);
  const { data = [], rows, from, top, shard } = options;
  if ((from === undefined) !== (top === undefined)) {
    throw bad(
      from === undefined ? 'from' : 'top',
      '`from` and `top` go together: `from` names an earlier run, `top` the share of it to score again, e.g. 30%',
    );
  }
  if (shard !== undefined) parseShard(shard);
  if (top !== undefined) parseShare(String(top), '`top`');
  if (rows !== undefined && (data.length > 0 || from !== undefined)) {
    throw bad('rows', '`rows` stand in place of `data` and `from`: name one of them');
  }
  if (rows !== undefined && options.out === undefined) {
    throw bad('out', '`rows` are kept in the run directory, so that it can go on: name it by `out`');
  }
  if (rows === undefined && from === undefined && data.length === 0) {
    throw bad(
      'data',
      '`data` is missing: name files, globs, a directory, a dataset of the hub, or - for standard input',
    );
  }
  if (data.includes('-') && data.length !== 1) {
    throw bad('data', '- (standard input) cannot be joined with files: name one or the other');
  }
  checkHubData(options);
  return fillOptions(options, FILE_SCORING_OPTIONS);
}

/** @throws EvosiftError `bad_argument`, naming the option and its value. */
export function settleScoreFilesOptions(options: ScoreFilesOptions): FileScoringSettings & ScoreFilesOptions {
  checkOptions('scoreFiles', options, SCORE_FILES_OPTIONS);
  const { scorer, ...scoring } = options;
  const settings = settleFileScoringOptions(scoring);
  checkScorerSource('scoreFiles', scorer);
  return { ...settings, scorer };
}

const bad = (name: string, message: string): EvosiftError =>
  new EvosiftError('bad_argument', message, { option: name });
