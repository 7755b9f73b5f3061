import type { Writable } from 'node:stream';
import { extname, resolve } from 'node:path';
import { abortedBy } from '../async/abort.js';
import type { DataFormat } from '../rows/source-row.js';
import { EvosiftError } from '../base/errors.js';
import {
  checkOptions,
  integerFrom,
  isBoolean,
  isSignal,
  isText,
  oneOf,
  type OptionRules,
} from '../base/option-checks.js';
import { scoredRun } from '../runs/run-data.js';
import { parseShare, type Share } from '../runs/share.js';

/** What `rank` takes; everything but `run` may be left out. */
export interface RankOptions {
  /** A run directory with scores; an evolution's stands for the rows that it made. */
  readonly run: string;
  /** The field that rows are ordered by: any numeric one of the scores, of the joined file or of the rows themselves. Default: what the run's recipe ranks by. */
  readonly by?: string;
  /** Smallest first instead of largest first. */
  readonly ascending?: boolean;
  /** `ppl` adds `ifd_ppl` and `ic_ifd_ppl`, the ratios with each loss L replaced by exp(L). Default `loss`. */
  readonly form?: 'loss' | 'ppl';
  /** How much is kept: `'10%'` of the scored rows left after the filters (half rounded up), or a number of rows. Default all. */
  readonly top?: string | number;
  /** What `top` is a share of: the rows `left` after the filters (default), or `all` scored rows. */
  readonly of?: 'left' | 'all';
  /** SQL condition over the columns: score fields, joined columns, the rows' own. */
  readonly where?: string;
  /** Keeps rows with ifd <= maxIfd. */
  readonly maxIfd?: number;
  /** A column: `top` holds within each group of rows that agree in it. */
  readonly per?: string;
  /** A file with more columns for the rows, found by `hash` or else by `id`. */
  readonly join?: string;
  /** Where the kept rows go, best first: a file (.jsonl, .json, .csv, .parquet), or a stream that takes JSON lines. */
  readonly out?: string | Writable;
  /** A file for every other row of the run, in input order, with why it was left out. */
  readonly rest?: string;
  /** Writes the entry for `out` into `dataset_info.json` beside it, as LLaMA-Factory reads it. */
  readonly datasetInfo?: boolean;
  /** How many rows of the selection's top and bottom the summary holds. Default 0. */
  readonly preview?: number;
  readonly signal?: AbortSignal;
  /** Told now and then how many rows have been read or written. */
  readonly onProgress?: (progress: RankProgress) => void;
}

export interface RankProgress {
  readonly stage: 'reading' | 'writing';
  readonly rows: number;
}

/** A file to write. */
export interface OutputFile {
  readonly path: string;
  readonly format: DataFormat;
}

/** Checked options, with the defaults filled in. */
export interface RankPlan {
  readonly run: string;
  /** Null: what the run's recipe ranks by. */
  readonly by: string | null;
  readonly ascending: boolean;
  readonly form: 'loss' | 'ppl';
  readonly top: Share | null;
  readonly of: 'left' | 'all';
  readonly where: string | null;
  readonly maxIfd: number | null;
  readonly per: string | null;
  readonly join: string | null;
  readonly out: OutputFile | Writable | null;
  readonly rest: OutputFile | null;
  readonly datasetInfo: boolean;
  readonly preview: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: RankProgress) => void;
}

/** A plan that is settled on what rows are ordered by. */
export type OrderedPlan = RankPlan & { readonly by: string };

const RULES: OptionRules<RankOptions> = {
  run: isText,
  by: isText,
  ascending: isBoolean,
  form: oneOf('loss', 'ppl'),
  top: {
    expected: 'a share such as "10%" or a number of rows',
    accepts: (value) => typeof value === 'string' || typeof value === 'number',
  },
  of: oneOf('left', 'all'),
  where: isText,
  maxIfd: { expected: 'a number', accepts: (value) => Number.isFinite(value) },
  per: isText,
  join: isText,
  out: {
    expected: 'a path or a writable stream',
    accepts: (value) => (typeof value === 'string' ? value !== '' : isWritable(value)),
  },
  rest: isText,
  datasetInfo: isBoolean,
  preview: integerFrom(0),
  signal: isSignal,
  onProgress: { expected: 'a function', accepts: (value) => typeof value === 'function' },
};

const OUTPUT_FORMATS: Readonly<Record<string, DataFormat>> = {
  '.jsonl': 'jsonl',
  '.json': 'json',
  '.csv': 'csv',
  '.parquet': 'parquet',
};

/**
 * Checks `rank`'s options.
 * Throws `bad_argument`, naming the field and its value.
 */
export function planRanking(options: RankOptions): RankPlan {
  checkOptions('rank', options, RULES);
  if (options.run === undefined) throw new EvosiftError('bad_argument', 'rank: run is missing; name a run directory');
  const out = typeof options.out === 'string' ? outputFile(options.out, 'out') : (options.out ?? null);
  const rest = options.rest === undefined ? null : outputFile(options.rest, 'rest');
  if (rest !== null && isFile(out) && resolve(out.path) === resolve(rest.path)) {
    throw new EvosiftError('bad_argument', `rank: out and rest are both ${rest.path}; name two files`);
  }
  if (options.datasetInfo === true && !isFile(out)) {
    throw new EvosiftError('bad_argument', 'rank: datasetInfo describes the output file, so out must name one');
  }
  if (options.of === 'all' && options.top === undefined) {
    throw new EvosiftError('bad_argument', 'rank: of says what top is a share of, so top must be given too');
  }
  return {
    run: scoredRun(options.run),
    by: options.by ?? null,
    ascending: options.ascending ?? false,
    form: options.form ?? 'loss',
    top: options.top === undefined ? null : parseShare(String(options.top), 'rank: top'),
    of: options.of ?? 'left',
    where: options.where ?? null,
    maxIfd: options.maxIfd ?? null,
    per: options.per ?? null,
    join: options.join ?? null,
    out,
    rest,
    datasetInfo: options.datasetInfo ?? false,
    preview: options.preview ?? 0,
    signal: options.signal,
    onProgress: options.onProgress ?? (() => {}),
  };
}

/** Whether a plan's output is a file. */
export const isFile = (out: OutputFile | Writable | null): out is OutputFile =>
  out !== null && 'path' in out && 'format' in out;

/** @throws EvosiftError `aborted`, or the signal's reason where that is ours already. */
export function throwIfAborted({ signal }: Pick<RankPlan, 'signal'>): void {
  if (signal?.aborted === true) throw abortedBy(signal, 'rank was aborted');
}

function outputFile(path: string, option: string): OutputFile {
  const format = OUTPUT_FORMATS[extname(path).toLowerCase()];
  if (format !== undefined) return { path, format };
  throw new EvosiftError(
    'bad_argument',
    `rank: ${option} must end in ${Object.keys(OUTPUT_FORMATS).join(', ')}, since that says its format; got ${JSON.stringify(path)}`,
  );
}

const isWritable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'write') === 'function';
