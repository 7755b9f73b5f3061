import type { Writable } from 'node:stream';
import type { Logger } from '../base/logger.js';
import {
  abortSignal,
  callback,
  checkOptions,
  choice,
  fillOptions,
  loggerOption,
  option,
  text,
  type Filled,
  type OptionTable,
} from '../base/options.js';
import { EvosiftError } from '../base/errors.js';
import { thresholdOption } from '../base/threshold.js';
import { checkHubData, DATA_OPTIONS, type DataOptions } from '../rows/data-options.js';
import { SANDBOX_OPTIONS, type SandboxOptions } from '../sandbox/index.js';
import { ANSWERS } from '../score/score-options.js';

export interface VerifyProgress {
  readonly rows: number;
  readonly total: number;
}

/** What `verify` takes: `data`, `functions` and `out`, and whatever else is wanted. */
export interface VerifyOptions extends Omit<DataOptions, 'rows'>, SandboxOptions {
  /** A run of AutoIF, or a file of constraints with functions (see `readVerifiers`). */
  readonly functions?: string;
  /** Where the verdicts go, a JSON line for each row in input order: a file, or a stream. */
  readonly out?: string | Writable;
  /** The accuracy that a verified answer has: default `>0.5`; `off` takes every one. */
  readonly accuracy?: string;
  /** Which answer of a preference row is verified; default `chosen`. */
  readonly answer?: (typeof ANSWERS)[number];
  readonly signal?: AbortSignal;
  /** Told now and then how many rows are done. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  readonly logger?: Logger;
}

const { rows: _, ...FILE_OPTIONS } = DATA_OPTIONS;

export const VERIFY_OPTIONS = {
  functions: text({
    flag: '--functions <run|file>',
    help: 'a run of autoif, or a file of constraints with functions, JSON lines',
  }),
  out: option<string | Writable>(
    {
      expected: 'a path or a writable stream',
      accepts: (value) =>
        typeof value === 'string' ? value !== '' : typeof Reflect.get(Object(value), 'write') === 'function',
    },
    { flag: '-o, --out <file>', help: 'where the verdicts go, a JSON line for each row; - for standard output' },
  ),
  accuracy: thresholdOption(
    { to: 1 },
    {
      flag: '--accuracy <rule>',
      help: 'the accuracy of verified answers, such as >0.5 or >=0.8; off takes every one',
      default: '>0.5',
    },
  ),
  ...FILE_OPTIONS,
  answer: choice(ANSWERS, { flag: '--answer <which>', help: 'the answer of a preference row that is verified' }),
  ...SANDBOX_OPTIONS,
  signal: abortSignal,
  onProgress: callback,
  logger: loggerOption,
} as const satisfies OptionTable<VerifyOptions>;

/** Checked options, with the defaults filled in. */
export type VerifySettings = Filled<VerifyOptions, typeof VERIFY_OPTIONS> & {
  readonly data: readonly string[];
  readonly functions: string;
  readonly out: string | Writable;
};

/** @throws EvosiftError `bad_argument`, naming the option and its value. */
export function settleVerifyOptions(options: VerifyOptions): VerifySettings {
  checkOptions('verify', options, VERIFY_OPTIONS);
  checkHubData(options);
  const { data = [], functions, out } = options;
  if (data.length === 0) throw missing('data', 'name files, globs, a directory or a run');
  if (data.includes('-') && data.length > 1) throw bad('data', '`data` is standard input (-), or files: not both');
  if (functions === undefined) throw missing('functions', 'name a run of AutoIF, or a file');
  if (out === undefined) throw missing('out', 'name the file for the verdicts');
  return { ...fillOptions(options, VERIFY_OPTIONS), data, functions, out };
}

const missing = (name: string, remedy: string): EvosiftError => bad(name, `\`${name}\` is missing; ${remedy}`);

const bad = (name: string, message: string): EvosiftError =>
  new EvosiftError('bad_argument', `verify: ${message}`, { option: name });
