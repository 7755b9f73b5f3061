import type { Writable } from 'node:stream';
import {
  abortSignal,
  callback,
  choice,
  integer,
  number,
  option,
  oneOrMore,
  text,
  toggle,
  type OptionTable,
} from '../base/options.js';
import { ENCODER_OPTIONS } from '../embed/encoders/encoder-options.js';
import { DISTANCE_METRICS, type DistanceMetric } from '../neighbors/neighbor-options.js';
import { SHARE_RULE } from '../runs/share.js';
import { recipes } from '../score/recipes/index.js';
import type { RecipeName } from '../score/recipes/recipe.js';
import { FORMS } from '../score/score-options.js';
import { DIVERSE_METHODS, type DiverseMethod } from './diversity/diversity-plan.js';
import { PRESET_NAMES, type PresetName } from './export/presets.js';
import { TEMPLATES, TRAINER_NAMES, type TemplateName, type TrainerName } from './export/trainer.js';
import type { ScoredRow } from './keep-scored-rows.js';

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

const isWritable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'write') === 'function';
