import { callback, choice, integer, option, text, texts, toggle, type OptionTable } from '../base/options.js';
import type { DownloadProgress } from '../hub/file-puller.js';
import { EvosiftError } from '../base/errors.js';
import { COLUMN_FIELDS, parseColumns, type LayoutOptions } from './detect-layout.js';
import { LARGEST_ROW } from '../files/row-splitter.js';
import { DEFAULT_MAX_ROW_BYTES, type OpenRowsOptions } from './source-row.js';
import { ROW_FORMATS, type ColumnMap } from './row-layout.js';

/** How rows are read. */
export type ReadOptions = Pick<LayoutOptions, 'format' | 'columns'>;

export const READ_OPTIONS = {
  columns: option<ColumnMap>(
    {
      expected: `an object of strings with keys among ${COLUMN_FIELDS.join(', ')}`,
      accepts: (value) =>
        typeof value === 'object' &&
        value !== null &&
        Object.entries(value).every(
          ([field, name]) => COLUMN_FIELDS.some((one) => one === field) && typeof name === 'string',
        ),
      parse: parseColumns,
    },
    {
      flag: '--columns <map>',
      help: 'instruction=…,output=…; also input, id, system, history, messages, tools, reasoning',
    },
  ),
  format: choice(['auto', ...ROW_FORMATS], {
    flag: '--format <format>',
    help: 'what the columns mean',
    default: 'auto',
  }),
} as const satisfies OptionTable<ReadOptions>;

/** How files are opened. */
export const OPEN_OPTIONS = {
  split: text({ flag: '--split <name>', help: 'of a directory or dataset, only the files of this split' }),
  field: text({
    flag: '--field <name>',
    help: 'of a file that is one JSON object, the member that is the array of rows',
  }),
  maxRowBytes: integer(
    { from: 1, to: LARGEST_ROW },
    {
      flag: '--max-row-bytes <n>',
      help: 'leave rows of more bytes without a score (reason too_long)',
      default: DEFAULT_MAX_ROW_BYTES,
    },
  ),
} as const satisfies OptionTable<OpenRowsOptions>;

/** Which rows of which files. */
export interface DataOptions extends ReadOptions, OpenRowsOptions {
  /** Files, globs, directories, or datasets of the hub: `hf://datasets/OWNER/NAME[@REV][/PATH]`. */
  readonly data?: readonly string[];
  /** In place of `data`: the rows themselves. The run directory keeps them, so that the run can go on. */
  readonly rows?: Iterable<object> | AsyncIterable<object>;
  /** Of a hub's dataset with several configs, the one to read. */
  readonly config?: string;
  /** All of `data` are datasets of the hub, named by `OWNER/NAME[@REV][/PATH]` alone. */
  readonly hub?: boolean;
  /** Told how far the download of a dataset is. */
  readonly onDownload?: (progress: DownloadProgress) => void;
  /** Rows to take at most; a later start may raise it. */
  readonly limit?: number;
}

export const DATA_OPTIONS = {
  data: texts,
  rows: option<NonNullable<DataOptions['rows']>>(
    {
      expected: 'an iterable or async iterable of rows',
      accepts: (value) =>
        typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value),
    },
    {},
  ),
  ...OPEN_OPTIONS,
  config: text({ flag: '--config <name>', help: "of a hub's dataset with several configs, the one to read" }),
  hub: toggle({ flag: '--hub', help: 'DATA are datasets of the hub, named OWNER/NAME[@REV][/PATH]' }),
  onDownload: callback,
  limit: integer({ from: 1 }, { flag: '--limit <n>', help: 'take at most so many rows (may grow later)' }),
  ...READ_OPTIONS,
} as const satisfies OptionTable<DataOptions>;

/** @throws EvosiftError `bad_argument` where `hub` is said of what is no name. */
export function checkHubData({ data = [], hub = false }: DataOptions): void {
  if (!hub || (data.length > 0 && !data.includes('-'))) return;
  throw new EvosiftError('bad_argument', '`hub` says that `data` are datasets of the hub: name them, OWNER/NAME each', {
    option: 'hub',
  });
}
