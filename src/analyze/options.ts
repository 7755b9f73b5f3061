import type { Logger } from '../base/logger.js';
import {
  abortSignal,
  callback,
  choice,
  integer,
  loggerOption,
  number,
  oneOrMore,
  text,
  texts,
  toggle,
  type OptionTable,
} from '../base/options.js';
import { ENCODER_OPTIONS } from '../embed/encoders/encoder-options.js';
import { DISTANCE_METRICS, type DistanceMetric } from '../neighbors/neighbor-options.js';
import { LOAD_SCORER_OPTIONS, type LoadScorerOptions } from '../score/load-scorer.js';
import { OUTPUT_SPACE_OPTIONS, type OutputSpaceOptions } from './output-space/index.js';
import { PRESET_NAMES, type PresetName } from './presets.js';

export interface AnalyzeProgress {
  readonly stage: 'reading' | 'embedding' | 'neighbors' | 'output space' | 'measuring';
  /** Rows that have been read or embedded, or answers that have been measured. */
  readonly rows: number;
}

/** The model that hidden states, or probabilities, are those of. */
type ModelOptions = Partial<Omit<LoadScorerOptions, 'workers' | 'logger' | 'signal' | 'onDownload'>>;

/** What is said of answers whose output space is measured. */
type AnswerOptions = Pick<OutputSpaceOptions, 'logprobs' | 'positions' | 'generator' | 'templateKwargs'>;

const { workers: _, logger: __, signal: ___, onDownload: ____, ...MODEL_OPTIONS } = LOAD_SCORER_OPTIONS;
const { logprobs, positions, generator, templateKwargs } = OUTPUT_SPACE_OPTIONS;

/** What `analyze` takes: `runs` and `out`, and whatever else is wanted. */
export interface AnalyzeOptions extends ModelOptions, AnswerOptions {
  /** Run directories with scores; an evolution's stands for the rows that it made. Two or more are compared. */
  readonly runs?: readonly string[];
  /** A directory for `analysis.json` and `rows.parquet`; an earlier analysis in it is replaced. */
  readonly out?: string;
  /** `published`: options as the paper has them; what is given beside it wins. */
  readonly preset?: PresetName;
  /** Rows of each run that are compared; default as many as the smallest has. */
  readonly sample?: number;
  /** What samples and resamples are drawn by. Default 0. */
  readonly seed?: number;
  /** Bootstrap resamples of a comparison. Default 2,000. */
  readonly resamples?: number;
  /** Of the intervals. Default 0.95. */
  readonly confidence?: number;
  /** Compares runs that were made of different seeds. */
  readonly allowDifferentSeeds?: boolean;
  /** A sentence encoder whose embeddings of the instructions say how far apart these lie. */
  readonly encoder?: string;
  readonly encoderFile?: string;
  /** In place of an encoder: a Parquet file of embeddings, with `hash`, `index` or `id`. */
  readonly embeddings?: string;
  /** In place of an encoder: the mean last hidden states of `model`. */
  readonly hiddenStates?: boolean;
  /** How far apart two embeddings are. Default `squared_l2`. */
  readonly metric?: DistanceMetric;
  /** A row is a repeat where its nearest neighbour is nearer than this. Default 0.05. */
  readonly distance?: number;
  /** How sure generators were of their answers, of runs that asked some: by the weights of `model`, or by `logprobs`. */
  readonly outputSpace?: boolean;
  /** Files of benchmark results, which are told along with the rest. */
  readonly results?: string | readonly string[];
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  readonly onProgress?: (progress: AnalyzeProgress) => void;
}

export const ANALYZE_OPTIONS = {
  runs: texts,
  out: text({ flag: '-o, --out <dir>', help: 'a directory for analysis.json and rows.parquet' }),
  preset: choice(PRESET_NAMES, { flag: '--preset <name>', help: 'options as the paper has them' }),
  sample: integer(
    { from: 2 },
    { flag: '--sample <n>', help: 'rows of each run that are compared (default: as many as the smallest has)' },
  ),
  seed: integer({ from: 0 }, { flag: '--seed <n>', help: 'what samples are drawn by', default: 0 }),
  resamples: integer(
    { from: 100, to: 1_000_000 },
    { flag: '--resamples <n>', help: 'bootstrap resamples of a comparison', default: 2_000 },
  ),
  confidence: number(
    { from: 0.5, to: 0.999 },
    { flag: '--confidence <share>', help: 'confidence of the intervals', default: 0.95 },
  ),
  allowDifferentSeeds: toggle({
    flag: '--allow-different-seeds',
    help: 'compare runs that were made of different seeds',
    default: false,
  }),
  ...ENCODER_OPTIONS,
  embeddings: text({
    flag: '--embeddings <file>',
    help: 'in place of --encoder: embeddings as Parquet, by hash, index or id',
  }),
  hiddenStates: toggle({
    flag: '--hidden-states',
    help: 'in place of --encoder: the mean last hidden states of -m',
    default: false,
  }),
  metric: choice(DISTANCE_METRICS, {
    flag: '--metric <metric>',
    help: 'how far apart two embeddings are',
    default: 'squared_l2',
  }),
  distance: number(
    { above: 0 },
    { flag: '--distance <x>', help: 'a row nearer than this to another one is a repeat', default: 0.05 },
  ),
  outputSpace: toggle({
    flag: '--output-space',
    help: 'how sure generators were of their answers, by the weights of -m or by --logprobs',
    default: false,
  }),
  logprobs,
  positions,
  generator,
  templateKwargs,
  ...MODEL_OPTIONS,
  results: oneOrMore({
    flag: '--results <file>',
    help: 'one file of benchmark results: of lm-evaluation-harness, OpenCompass, AlpacaEval, or series,x,metric,value; may stand again, before each file',
  }),
  signal: abortSignal,
  logger: loggerOption,
  onProgress: callback,
} as const satisfies OptionTable<AnalyzeOptions>;
