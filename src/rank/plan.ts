import type { Writable } from 'node:stream';
import { extname, resolve } from 'node:path';
import { abortedBy } from '../async/abort.js';
import { EvosiftError } from '../base/errors.js';
import { checkOptions, fillOptions, type Filled } from '../base/options.js';
import { withoutCompression, type Compression } from '../files/compression.js';
import type { DataFormat } from '../rows/source-row.js';
import type { RunIdentity } from '../runs/run-identity.js';
import { scoredRun } from '../runs/run-data.js';
import { parseShare, type Share } from '../runs/share.js';
import type { RecipeName } from '../score/recipes/recipe.js';
import { planDiversity, type DiversityOptions, type DiversityPlan } from './diversity/diversity-plan.js';
import { planExport, type ExportOptions, type ExportPlan } from './export/export-plan.js';
import { RANK_OPTIONS, type RankOptions, type RankProgress } from './options.js';

/** A file to write. */
export interface OutputFile {
  readonly path: string;
  readonly format: DataFormat;
  readonly compression: Compression | null;
}

/** Checked options, with the defaults filled in. */
export interface RankPlan extends Omit<
  Filled<RankOptions, typeof RANK_OPTIONS>,
  'run' | 'rows' | 'recipe' | 'top' | 'join' | 'rest' | 'onProgress' | keyof ExportOptions | keyof DiversityOptions
> {
  /** The run's directory, or the folder that keeps what a program handed over (empty until it does). */
  readonly run: string;
  /** Null of a run; else what is known of the rows that are kept there. */
  readonly kept: { readonly recipe: RecipeName | null; readonly turns: RunIdentity['turns'] } | null;
  readonly top: Share | null;
  readonly join: readonly string[];
  readonly out: OutputFile | Writable | null;
  readonly rest: OutputFile | null;
  readonly exported: ExportPlan | null;
  readonly diversity: DiversityPlan | null;
  readonly onProgress: (progress: RankProgress) => void;
}

/** A plan that is settled on what rows are ordered by. */
export type OrderedPlan = RankPlan & { readonly by: string };

const OUTPUT_FORMATS: Readonly<Record<string, DataFormat>> = {
  '.jsonl': 'jsonl',
  '.json': 'json',
  '.csv': 'csv',
  '.parquet': 'parquet',
};

/** Checks `rank`'s options. @throws EvosiftError `bad_argument`, naming the option and its value. */
export function planRanking(options: RankOptions): RankPlan {
  checkOptions('rank', options, RANK_OPTIONS);
  const { run, rows, recipe = null, ...settings } = fillOptions(options, RANK_OPTIONS);
  if (run === undefined && rows === undefined) throw bad('run', '`run` is missing; name a run directory');
  if (run !== undefined && rows !== undefined) throw bad('rows', '`rows` stand in place of `run`: give one of them');
  if (recipe !== null && rows === undefined) throw bad('recipe', "`recipe` belongs to `rows`; a run's is in it");
  const exported = planExport(options);
  const out =
    exported !== null
      ? null
      : typeof settings.out === 'string'
        ? outputFile(settings.out, 'out')
        : (settings.out ?? null);
  const rest = settings.rest === undefined ? null : outputFile(settings.rest, 'rest');
  if (rest !== null && isFile(out) && resolve(out.path) === resolve(rest.path)) {
    throw bad('rest', `\`out\` and \`rest\` are both ${rest.path}; name two files`);
  }
  if (settings.datasetInfo && !isFile(out)) {
    throw bad('datasetInfo', '`datasetInfo` describes the output file, so `out` must name one');
  }
  if (settings.datasetInfo && isFile(out) && out.compression !== null) {
    throw bad('datasetInfo', `\`datasetInfo\`: LLaMA-Factory reads no compressed file, such as ${out.path}`);
  }
  if (settings.of === 'all' && settings.top === undefined) {
    throw bad('of', '`of` says what `top` is a share of, so `top` must be given too');
  }
  return {
    ...settings,
    run: run === undefined ? '' : scoredRun(run),
    kept: run === undefined ? { recipe, turns: 'reject' } : null,
    top: settings.top === undefined ? null : parseShare(String(settings.top), 'rank: `top`'),
    join: [settings.join ?? []].flat(),
    out,
    rest,
    exported,
    diversity: planDiversity(options),
    onProgress: settings.onProgress ?? (() => {}),
  };
}

/** Whether a plan's output is a file. */
export const isFile = (out: OutputFile | Writable | null): out is OutputFile =>
  out !== null && 'path' in out && 'format' in out;

/** @throws EvosiftError `aborted`, or the signal's reason where that is ours already. */
export function throwIfAborted({ signal }: Pick<RankPlan, 'signal'>): void {
  if (signal?.aborted === true) throw abortedBy(signal, 'rank was aborted');
}

function outputFile(path: string, name: 'out' | 'rest'): OutputFile {
  const { path: plain, compression } = withoutCompression(path);
  const format = OUTPUT_FORMATS[extname(plain).toLowerCase()];
  if (format === 'parquet' && compression !== null) {
    throw bad(name, `\`${name}\` ${path}: Parquet is compressed inside; leave the last ending out`);
  }
  if (format !== undefined) return { path, format, compression };
  throw bad(
    name,
    `\`${name}\` must end in ${Object.keys(OUTPUT_FORMATS).join(', ')}, since that says its format, ` +
      `with .gz or .zst behind it where it is to be compressed; got ${JSON.stringify(path)}`,
  );
}

const bad = (name: string, message: string): EvosiftError =>
  new EvosiftError('bad_argument', `rank: ${message}`, { option: name });
