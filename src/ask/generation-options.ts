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
 * @param dataOption What the call names its data by.
 * @throws EvosiftError `bad_argument` where no rows are named, or nothing says where those that are given are kept.
 */
export function checkRowsAreNamed(call: string, options: GenerationOptions, dataOption = 'data'): void {
  checkHubData(options);
  const { data = [], rows, out } = options;
  const fail = (option: string, message: string): EvosiftError =>
    new EvosiftError('bad_argument', `${call}: ${message}`, { option });
  if (rows === undefined) {
    if (data.length === 0) {
      throw fail(dataOption, `\`${dataOption}\` is missing: name files, globs, a directory or a run`);
    }
    if (!data.includes('-')) return;
    if (data.length > 1) throw fail(dataOption, `\`${dataOption}\` is standard input (-), or files: not both`);
    if (out === undefined) {
      throw fail('out', 'standard input is kept in the run directory, so that it can go on: name it by `out`');
    }
    return;
  }
  if (data.length > 0) throw fail('rows', `\`rows\` stand in place of \`${dataOption}\`: give one of them`);
  if (out === undefined)
    throw fail('out', '`rows` are kept in the run directory, so that it can go on: name it by `out`');
}

type Given = Pick<GenerationOptions, 'rows' | 'data' | 'force' | 'signal'>;

/** Rows that a program handed over or that standard input holds, kept in a directory; null where the rows are in files. */
export async function keepRows({ rows, data, force = false, signal }: Given, out: string): Promise<KeptInput | null> {
  if (rows !== undefined) return await KeptInput.ofRows(rows, out, { force, signal });
  return data?.[0] === '-' ? await KeptInput.ofStream(process.stdin, out, { force, signal }) : null;
}

/** The same in the run directory. */
export const keptRows = async (options: GenerationOptions): Promise<KeptInput | null> =>
  options.out === undefined ? null : await keepRows(options, options.out);
