import { EvosiftError } from '../base/errors.js';
import {
  abortSignal,
  callback,
  checkOptions,
  choice,
  fillOptions,
  integer,
  number,
  text,
  texts,
  toggle,
  type Filled,
  type OptionTable,
} from '../base/options.js';
import { PRESET_NAMES, withPreset, type PresetName } from './presets.js';

export interface AnalyzeProgress {
  readonly stage: 'reading' | 'measuring';
  /** Of all runs, as far as they have been read. */
  readonly rows: number;
}

/** What `analyze` takes: `runs` and `out`, and whatever else is wanted. */
export interface AnalyzeOptions {
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
  readonly signal?: AbortSignal;
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
  signal: abortSignal,
  onProgress: callback,
} as const satisfies OptionTable<AnalyzeOptions>;

/** Checked options, with the defaults filled in; what can't be sent to a worker is not among them. */
export type AnalyzePlan = Omit<Filled<AnalyzeOptions, typeof ANALYZE_OPTIONS>, 'signal' | 'onProgress'> & {
  readonly runs: readonly string[];
  readonly out: string;
};

/** Checks `analyze`'s options. @throws EvosiftError `bad_argument`, naming the option and its value. */
export function planAnalysis(options: AnalyzeOptions): AnalyzePlan {
  checkOptions('analyze', options, ANALYZE_OPTIONS);
  const { signal: _, onProgress: __, ...filled } = fillOptions(withPreset(options), ANALYZE_OPTIONS);
  const { runs = [], out } = filled;
  if (runs.length === 0) throw bad('runs', '`runs` is missing; name run directories');
  if (out === undefined) throw bad('out', '`out` is missing; name a directory for the analysis');
  return { ...filled, runs, out };
}

const bad = (name: string, message: string): EvosiftError =>
  new EvosiftError('bad_argument', `analyze: ${message}`, { option: name });
