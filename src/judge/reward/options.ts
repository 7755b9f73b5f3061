import { checkRowsAreNamed } from '../../ask/generation-options.js';
import { REQUEST_OPTIONS } from '../../ask/request-options.js';
import { EvosiftError } from '../../base/errors.js';
import type { Logger } from '../../base/logger.js';
import {
  abortSignal,
  callback,
  checkOptions,
  choice,
  fillOptions,
  loggerOption,
  text,
  textLike,
  type Filled,
  type OptionTable,
} from '../../base/options.js';
import { DATA_OPTIONS, type DataOptions } from '../../rows/data-options.js';
import { RUN_DIRECTORY_OPTIONS, type RunDirectoryOptions } from '../../runs/run-directory-options.js';
import { REWARD_TEXT_OPTIONS, type RewardTextOptions } from '../../score/rewards/reward-options.js';
import { checkScorerSource, SCORER_OPTION, type ScorerSource } from '../../score/run/borrow-scorer.js';
import type { RunProgress } from '../../score/run/score-files-options.js';
import { SCORE_OPTIONS, type ScoreOptions } from '../../score/score-options.js';
import { LENGTH_CONTROLS, type LengthControl } from './length-control.js';

/** What has a reward: the row's answer, or its instruction as an answer to the prompt that had it evolved. */
export const JUDGED = ['response', 'instruction'] as const;

/** What `judgeReward` takes; `scorer`, and `data` or `rows`, must be given. `out` is the run directory. */
export interface JudgeRewardOptions extends DataOptions, RunDirectoryOptions, RewardTextOptions {
  /** A scorer of a reward model, or what to load one from. */
  readonly scorer: ScorerSource;
  /** Default `response`. */
  readonly of?: (typeof JUDGED)[number];
  /** Adds rewards that go by the answers' lengths; default `none`. */
  readonly lengthControl?: LengthControl;
  /** With `of: instruction`: the folder of prompts that the run was evolved by, where these are not the built-in ones. */
  readonly prompts?: string;
  /**
   * With `of: instruction`, for data that no evolution made: the file of a prompt (Jinja: instruction, input), which is
   * filled in with each row's own instruction, as the published code does.
   */
  readonly evolutionPrompt?: string;
  /** Which answer of a preference row is judged; default `chosen`. */
  readonly answer?: ScoreOptions['answer'];
  /** As of `ScoreOptions`; rewards do not depend on it. */
  readonly batchTokens?: number;
  /** The file that the verdicts go to, a JSON line each; default `verdicts.jsonl` in the run directory. */
  readonly verdicts?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
  readonly logger?: Logger;
}

export const JUDGE_REWARD_OPTIONS = {
  scorer: SCORER_OPTION,
  of: choice(JUDGED, {
    flag: '--of <what>',
    help: 'response: the answer; instruction: the instruction, as an answer to the prompt that had it evolved',
    default: 'response',
  }),
  lengthControl: choice(LENGTH_CONTROLS, {
    flag: '--length-control <how>',
    help: "adds the reward multiplied or divided by the answer's length, measured by the mean length",
    default: 'none',
  }),
  prompts: {
    ...REQUEST_OPTIONS.prompts,
    help: 'with --of instruction: the folder of prompts that the run was evolved by',
  },
  evolutionPrompt: text({
    flag: '--evolution-prompt <file>',
    help: 'with --of instruction, for data that no evolution made: a prompt that each row fills in',
  }),
  ...RUN_DIRECTORY_OPTIONS,
  // As of the other judges: -o is the file that the command is called for.
  out: { ...RUN_DIRECTORY_OPTIONS.out, flag: '--run <dir>' },
  verdicts: textLike(/^(?!-$)[^]/, 'the path of a file', {
    flag: '-o, --out <file>',
    help: 'where the verdicts go, a JSON line each (default: verdicts.jsonl in the run directory)',
  }),
  ...DATA_OPTIONS,
  answer: SCORE_OPTIONS.answer,
  ...REWARD_TEXT_OPTIONS,
  batchTokens: SCORE_OPTIONS.batchTokens,
  signal: abortSignal,
  onProgress: callback,
  logger: loggerOption,
} as const satisfies OptionTable<JudgeRewardOptions>;

/** `JudgeRewardOptions` with the defaults filled in. */
export type JudgeRewardSettings = Filled<JudgeRewardOptions, typeof JUDGE_REWARD_OPTIONS>;

/** @throws EvosiftError `bad_argument`, naming the option and its value. */
export function settleJudgeRewardOptions(options: JudgeRewardOptions): JudgeRewardSettings {
  checkOptions('judgeReward', options, JUDGE_REWARD_OPTIONS);
  checkRowsAreNamed('judgeReward', options);
  checkScorerSource('judgeReward', options.scorer);
  const settings = fillOptions(options, JUDGE_REWARD_OPTIONS);
  for (const name of ['prompts', 'evolutionPrompt'] as const) {
    if (settings[name] === undefined || settings.of === 'instruction') continue;
    throw bad(name, `\`${name}\` says what instructions were made by: add \`of: instruction\``);
  }
  if (settings.prompts !== undefined && settings.evolutionPrompt !== undefined) {
    throw bad('evolutionPrompt', '`evolutionPrompt` is for data that no evolution made, `prompts` for those of one');
  }
  return settings;
}

const bad = (option: string, message: string): EvosiftError =>
  new EvosiftError('bad_argument', `judgeReward: ${message}`, { option });
