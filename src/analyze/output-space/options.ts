import { EvosiftError } from '../../base/errors.js';
import {
  abortSignal,
  callback,
  checkOptions,
  fillOptions,
  loggerOption,
  option,
  text,
  toggle,
  type Filled,
  type OptionTable,
} from '../../base/options.js';
import type { Logger } from '../../base/logger.js';
import { checkScorerSource, SCORER_OPTION, type ScorerSource } from '../../score/run/borrow-scorer.js';
import { RECIPE_OPTIONS } from '../../score/score-options.js';
import type { AnswerStatistics } from './output-space.js';
import { isPositions, type Positions } from './positions.js';

/** What `measureOutputSpace` takes; either `scorer` or `logprobs` must be given. */
export interface OutputSpaceOptions {
  /** The generator's own weights: a scorer, which stays open, or what to load one from. */
  readonly scorer?: ScorerSource;
  /** Go by the log-probabilities that the server gave with its answers, in place of weights. */
  readonly logprobs?: boolean;
  /** Default `all`; the published code takes `first:5`. */
  readonly positions?: Positions;
  /** Only this generator's answers, by its name in the run; needed where a run has several and weights are asked. */
  readonly generator?: string;
  /**
   * A file in which what was measured under weights is kept, so that the same call goes on where it was ended; one process
   * at a time.
   */
  readonly kept?: string;
  /** Switches of the chat template that the answers were made with, such as `{enable_thinking: false}`. */
  readonly templateKwargs?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
  /** Told of every answer, in the journal's order. */
  readonly onAnswer?: (answer: AnswerStatistics) => void;
  /** Told after every answer. */
  readonly onProgress?: (progress: OutputSpaceProgress) => void;
  readonly logger?: Logger;
}

export interface OutputSpaceProgress {
  /** Answers that were read so far, and those of the journal, at most. */
  readonly answers: number;
  readonly total: number;
}

export const OUTPUT_SPACE_OPTIONS = {
  scorer: SCORER_OPTION,
  logprobs: toggle({
    flag: '--logprobs',
    help: "go by the log-probabilities that servers gave with their answers, in place of a model's weights",
    default: false,
  }),
  positions: option<Positions, { flag: string; help: string; default: Positions }>(
    { expected: 'all or first:N, N an integer of at least 1', accepts: isPositions },
    {
      flag: '--positions <which>',
      help: "an answer's positions: all, or first:N (published: first:5)",
      default: 'all',
    },
  ),
  generator: text({ flag: '--generator <name>', help: 'only the answers of this generator of the run' }),
  kept: text({}),
  templateKwargs: RECIPE_OPTIONS.templateKwargs,
  signal: abortSignal,
  onAnswer: callback,
  onProgress: callback,
  logger: loggerOption,
} as const satisfies OptionTable<OutputSpaceOptions>;

export type OutputSpaceSettings = Filled<OutputSpaceOptions, typeof OUTPUT_SPACE_OPTIONS>;

/** @throws EvosiftError `bad_argument`, naming the option and its value. */
export function settleOutputSpaceOptions(options: OutputSpaceOptions): OutputSpaceSettings {
  checkOptions(CALL, options, OUTPUT_SPACE_OPTIONS);
  const { scorer, logprobs = false } = options;
  if (logprobs === (scorer !== undefined)) {
    const message = logprobs
      ? '`logprobs` takes the place of weights: leave `scorer` out'
      : "give the generator's own weights as `scorer`, or go by the servers' `logprobs`";
    throw new EvosiftError('bad_argument', `${CALL}: ${message}`, { option: logprobs ? 'logprobs' : 'scorer' });
  }
  if (scorer !== undefined) checkScorerSource(CALL, scorer);
  return fillOptions(options, OUTPUT_SPACE_OPTIONS);
}

const CALL = 'measureOutputSpace';
