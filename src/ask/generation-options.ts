import { EvosiftError } from '../base/errors.js';
import { KeptInput } from '../runs/keep-input.js';
import { abortSignal, callback, integer, loggerOption, type OptionTable } from '../base/options.js';
import type { Logger } from '../base/logger.js';
import { checkHubData, DATA_OPTIONS, type DataOptions } from '../rows/data-options.js';
import { RUN_DIRECTORY_OPTIONS, type RunDirectoryOptions } from '../runs/run-directory-options.js';
import type { GenerationProgress } from './progress.js';
import { REQUEST_OPTIONS, type RequestOptions } from './request-options.js';

/** What rows a run works on and where it goes. Of `data`, a run directory stands for the rows that it made. */
export interface GenerationOptions extends RequestOptions, DataOptions, RunDirectoryOptions {
  /** Tries after a result that is thrown away, each with something changed; default 1. */
  readonly retries?: number;
  readonly signal?: AbortSignal;
  /** Told about once a second. */
  readonly onProgress?: (progress: GenerationProgress) => void;
  readonly logger?: Logger;
}

/** What every run that asks generators takes. */
export const GENERATION_OPTIONS = {
  ...REQUEST_OPTIONS,
  retries: integer(
    { from: 0 },
    { flag: '--retries <n>', help: 'tries after a result that is thrown away', default: 1 },
  ),
  ...RUN_DIRECTORY_OPTIONS,
  ...DATA_OPTIONS,
  signal: abortSignal,
  onProgress: callback,
  logger: loggerOption,
} as const satisfies OptionTable<GenerationOptions>;

/**
 * @param call The call's name.
 * @throws EvosiftError `bad_argument` where no rows are named, or nothing says where those that are given are kept.
 */
export function checkRowsAreNamed(call: string, options: GenerationOptions): void {
  checkHubData(options);
  const { data = [], rows, out } = options;
  const fail = (option: string, message: string): EvosiftError =>
    new EvosiftError('bad_argument', `${call}: ${message}`, { option });
  if (rows === undefined) {
    if (data.length === 0) throw fail('data', '`data` is missing: name files, globs, a directory or a run');
    return;
  }
  if (data.length > 0) throw fail('rows', '`rows` stand in place of `data`: give one of them');
  if (out === undefined)
    throw fail('out', '`rows` are kept in the run directory, so that it can go on: name it by `out`');
}

/** Rows that a program handed over, kept in the run directory; null where the rows are in files. */
export const keptRows = async ({ rows, out, force = false, signal }: GenerationOptions): Promise<KeptInput | null> =>
  rows === undefined || out === undefined ? null : await KeptInput.ofRows(rows, out, { force, signal });
