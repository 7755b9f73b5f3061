import type { Writable } from 'node:stream';
import { extname, resolve } from 'node:path';
import { abortedBy } from '../async/abort.js';
import { withoutCompression, type Compression } from '../files/compression.js';
import type { DataFormat } from '../rows/source-row.js';
import { EvosiftError } from '../base/errors.js';
import {
  abortSignal,
  callback,
  checkOptions,
  choice,
  fillOptions,
  integer,
  number,
  option,
  oneOrMore,
  text,
  toggle,
  type Filled,
  type OptionTable,
} from '../base/options.js';
import { recipes } from '../score/recipes/index.js';
import type { RecipeName } from '../score/recipes/recipe.js';
import {
  DIVERSE_METHODS,
  planDiversity,
  type DiverseMethod,
  type DiversityOptions,
  type DiversityPlan,
} from './diversity/diversity-plan.js';
import { ENCODER_OPTIONS } from '../embed/index.js';
import { DISTANCE_METRICS, type DistanceMetric } from '../neighbors/index.js';
import { planExport, type ExportPlan } from './export/export-plan.js';
import { PRESET_NAMES, type PresetName } from './export/presets.js';
import { TEMPLATES, TRAINER_NAMES, type TemplateName, type TrainerName } from './export/trainer.js';
import type { ScoredRow } from './keep-scored-rows.js';
import { FORMS } from '../score/score-options.js';
import { scoredRun } from '../runs/run-data.js';
import { parseShare, SHARE_RULE, type Share } from '../runs/share.js';

/** What a share of rows is of. */
const OF = ['left', 'all'] as const;

/** What `rank` takes: `run` or `rows`, and whatever else is wanted. */
export interface RankOptions {
  /** A run directory with scores; an evolution's stands for the rows that it made. */
  readonly run?: string;
  /** In place of `run`: rows with their outcomes, as a scorer gives them. */
  readonly rows?: Iterable<ScoredRow> | AsyncIterable<ScoredRow>;
  /** With `rows`: what they were scored by, which says what they are ordered by; default `paper`. */
  readonly recipe?: RecipeName;
  /** What rows are ordered by: a numeric column of the scores, of the joined files or of the rows themselves, or an SQL expression over them, worked out row by row. Default: what the run's recipe ranks by. */
  readonly by?: string;
  /** Smallest first instead of largest first. */
  readonly ascending?: boolean;
  /** `ppl` adds `ifd_ppl` and `ic_ifd_ppl`, the ratios with each loss L replaced by exp(L). Default `loss`. */
  readonly form?: (typeof FORMS)[number];
  /** How much is kept: `'10%'` of the scored rows left after the filters (half rounded up), or a number of rows. Default all. */
  readonly top?: string | number;
  /** What `top` is a share of: the rows `left` after the filters (default), or `all` scored rows. */
  readonly of?: (typeof OF)[number];
  /** SQL condition over the columns: score fields, joined columns, the rows' own. */
  readonly where?: string;
  /** Keeps rows with ifd <= maxIfd. */
  readonly maxIfd?: number;
  /** A column: `top` holds within each group of rows that agree in it. */
  readonly per?: string;
  /** Files with more columns for the rows, found by `hash` or else by `id`: JSONL, CSV, Parquet; of a judge's or an analysis' run its directory. */
  readonly join?: string | readonly string[];
  /** Where the kept rows go, best first: a file (.jsonl, .json, .csv, each also with .gz or .zst, .parquet), or a stream that takes JSON lines. */
  readonly out?: string | Writable;
  /** A file for every other row of the run, in input order, with why it was left out. */
  readonly rest?: string;
  /** Writes the entry for `out` into `dataset_info.json` beside it, as LLaMA-Factory reads it. */
  readonly datasetInfo?: boolean;
  /** How many rows of the selection's top and bottom the summary holds. Default 0. */
  readonly preview?: number;
  /** Of the best rows those that are farthest from each other, or that represent the others best, instead of the very best `top`. */
  readonly diverse?: DiverseMethod;
  /** With `diverse`: chosen is among the best `pool` times as many rows; default 3. */
  readonly pool?: number;
  /** Leaves out rows that lie within this distance of a better one that stays; 0: only equal ones. */
  readonly nearDuplicates?: number;
  /** With `perCluster`: how many clusters the rows form (seeded k-means); the best `perCluster` of each stay. */
  readonly clusters?: number;
  readonly perCluster?: number;
  /** The seed of the clusters; default 0. */
  readonly clusterSeed?: number;
  /** How the distance of two vectors is measured; default `squared_l2`. */
  readonly metric?: DistanceMetric;
  /** What makes vectors of the rows' instructions: a sentence encoder's directory. They stay in the run for the next ranking. */
  readonly encoder?: string;
  readonly encoderFile?: string;
  /** In place of `encoder`: a Parquet file of the rows' vectors, as `embedRows` writes it. */
  readonly embeddings?: string;
  /** A trainer: the kept rows go to the folder `out` as it reads them, with the settings that it trains by. */
  readonly export?: TrainerName;
  /** With `export`: how is trained. `published` (default): as in the paper, all weights; `lora`: the same with adapters. */
  readonly exportPreset?: PresetName;
  /** With `export`: how messages become text, by the chat template of the `model` (default), or framed as Alpaca's for a model that has none. */
  readonly exportTemplate?: TemplateName;
  /** With `export`, and needed there: the model that is to be trained, an id or a directory. */
  readonly baseModel?: string;
  readonly signal?: AbortSignal;
  /** Told now and then how many rows have been read or written. */
  readonly onProgress?: (progress: RankProgress) => void;
}

export interface RankProgress {
  readonly stage: 'reading' | 'embedding' | 'writing';
  readonly rows: number;
}

/** A file to write. */
export interface OutputFile {
  readonly path: string;
  readonly format: DataFormat;
  readonly compression: Compression | null;
}

/** Checked options, with the defaults filled in. */
export interface RankPlan extends Omit<
  Filled<RankOptions, typeof RANK_OPTIONS>,
  'run' | 'rows' | 'recipe' | 'top' | 'join' | 'out' | 'rest' | 'onProgress' | ExportOption | keyof DiversityOptions
> {
  /** The run's directory, or the folder that keeps what a program handed over (empty until it does). */
  readonly run: string;
  /** Null of a run; else what is known of the rows that are kept there. */
  readonly kept: { readonly recipe: RecipeName | null } | null;
  readonly top: Share | null;
  readonly join: readonly string[];
  readonly out: OutputFile | Writable | null;
  readonly rest: OutputFile | null;
  readonly exported: ExportPlan | null;
  readonly diversity: DiversityPlan | null;
  readonly onProgress: (progress: RankProgress) => void;
}

type ExportOption = 'export' | 'exportPreset' | 'exportTemplate' | 'baseModel';

/** A plan that is settled on what rows are ordered by. */
export type OrderedPlan = RankPlan & { readonly by: string };

export const RANK_OPTIONS = {
  run: text({}),
  rows: option<NonNullable<RankOptions['rows']>>(
    {
      expected: 'an iterable or async iterable of {row, outcome}',
      accepts: (value) =>
        typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value),
    },
    {},
  ),
  recipe: choice(Object.keys(recipes) as RecipeName[], {}),
  by: text({
    flag: '--by <expression>',
    help: "the numeric column, or SQL expression over the columns, that rows are ordered by, largest first (default: the recipe's)",
  }),
  ascending: toggle({ flag: '--ascending', help: 'smallest first', default: false }),
  form: choice(FORMS, {
    flag: '--form <form>',
    help: 'ppl adds ifd_ppl and ic_ifd_ppl, with each loss L replaced by exp(L)',
    default: 'loss',
  }),
  top: option<string | number>(SHARE_RULE, {
    flag: '--top <share>',
    help: 'how many to keep: 10% of the scored rows left after the filters, or a number of rows',
  }),
  of: choice(OF, {
    flag: '--of <rows>',
    help: 'what a share is of: the rows left after the filters, or all scored rows',
    default: 'left',
  }),
  where: text({ flag: '--where <sql>', help: 'keep rows for which an SQL condition over the columns holds' }),
  maxIfd: number({}, { flag: '--max-ifd <x>', help: 'keep rows with ifd <= x' }),
  per: text({
    flag: '--per <column>',
    help: 'take the top within each group of rows that agree in a column',
  }),
  join: oneOrMore({
    flag: '--join <file>',
    help: "more columns, by hash or id; a judge's or an analysis' run, too; may stand again",
  }),
  rest: text({ flag: '--rest <file>', help: 'write every other row, with why it was left out' }),
  datasetInfo: toggle({
    flag: '--dataset-info',
    help: 'add the output to the dataset_info.json beside it, as LLaMA-Factory reads it',
    default: false,
  }),
  out: option<string | Writable>(
    {
      expected: 'a path or a writable stream',
      accepts: (value) => (typeof value === 'string' ? value !== '' : isWritable(value)),
    },
    {
      flag: '-o, --out <file>',
      help: 'where to: .jsonl, .json, .csv (also with .gz or .zst) or .parquet; - for JSON lines on standard output',
    },
  ),
  preview: integer({ from: 0 }, { default: 0 }),
  diverse: choice(DIVERSE_METHODS, {
    flag: '--diverse [method]',
    bare: 'farthest',
    help: 'of the best rows those that are farthest from each other, or (facility) that represent the others best',
  }),
  pool: number(
    { from: 1 },
    { flag: '--pool <factor>', help: 'with --diverse: among how many times as many of the best (default: 3)' },
  ),
  nearDuplicates: number(
    { from: 0 },
    {
      flag: '--near-duplicates <distance>',
      help: 'leave out rows that lie so near to a better one',
    },
  ),
  clusters: integer({ from: 1 }, { flag: '--clusters <n>', help: 'how many clusters the rows form' }),
  perCluster: integer({ from: 1 }, { flag: '--per-cluster <n>', help: 'keep the best of each cluster' }),
  clusterSeed: integer(
    { from: 0, to: 2 ** 32 - 1 },
    { flag: '--cluster-seed <n>', help: 'seed of the clusters (default: 0)' },
  ),
  metric: choice(DISTANCE_METRICS, {
    flag: '--metric <name>',
    help: 'how distances are measured (default: squared_l2)',
  }),
  ...ENCODER_OPTIONS,
  embeddings: text({ flag: '--embeddings <file>', help: "a Parquet file of the rows' vectors, in place of --encoder" }),
  export: choice(TRAINER_NAMES, {
    flag: '--export <trainer>',
    help: 'write the folder -o: the rows as a trainer reads them, and its settings',
  }),
  exportPreset: choice(PRESET_NAMES, {
    flag: '--export-preset <name>',
    help: "how is trained: the paper's settings, or the same with low-rank adapters (default: published)",
  }),
  exportTemplate: choice(TEMPLATES, {
    flag: '--export-template <name>',
    help: "how messages become text: by the model's chat template, or in Alpaca's frame (default: model)",
  }),
  baseModel: text({ flag: '--base-model <id>', help: 'the model that is to be trained' }),
  signal: abortSignal,
  onProgress: callback,
} as const satisfies OptionTable<RankOptions>;

const OUTPUT_FORMATS: Readonly<Record<string, DataFormat>> = {
  '.jsonl': 'jsonl',
  '.json': 'json',
  '.csv': 'csv',
  '.parquet': 'parquet',
};

/** Checks `rank`'s options. @throws EvosiftError `bad_argument`, naming the option and its value. */
export function planRanking(options: RankOptions): RankPlan {
  checkOptions('rank', options, RANK_OPTIONS);
  const {
    run,
    rows,
    recipe = null,
    export: _trainer,
    exportPreset: _preset,
    exportTemplate: _template,
    baseModel: _model,
    ...settings
  } = fillOptions(options, RANK_OPTIONS);
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
    kept: run === undefined ? { recipe } : null,
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

const isWritable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'write') === 'function';

const bad = (name: string, message: string): EvosiftError =>
  new EvosiftError('bad_argument', `rank: ${message}`, { option: name });
