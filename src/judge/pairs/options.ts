import { EvosiftError } from '../../base/errors.js';
import { choice, type Filled, type OptionTable } from '../../base/options.js';
import { JUDGE_OPTIONS, type JudgeOptions } from '../run/options.js';

/**
 * `swapped`: each pair is judged in both orders, and where these disagree it is a tie; a pair with an answer of the judge
 * that can't be read has no outcome. `published`: in one order, and an answer that can't be read is a tie.
 */
export const PAIRWISE_PRESETS = ['swapped', 'published'] as const;

/** By what the rows of two sets are paired. */
export const PAIRED_BY = ['instruction', 'id'] as const;

/** What `judgePairwise` takes: `data` are two sets of answers, the one that wins or loses and the one it is held to. */
export interface PairwiseOptions extends Omit<JudgeOptions, 'rows'> {
  /** Default `swapped`. */
  readonly preset?: (typeof PAIRWISE_PRESETS)[number];
  /** Default `instruction`: rows whose instructions with their inputs are the same text. */
  readonly pairBy?: (typeof PAIRED_BY)[number];
}

const { rows: _, ...OF_FILES } = JUDGE_OPTIONS;

export const PAIRWISE_OPTIONS = {
  ...OF_FILES,
  preset: choice(PAIRWISE_PRESETS, {
    flag: '--preset <name>',
    help: 'both orders, which must agree; or as published: one order, unparsable is a tie',
    default: 'swapped',
  }),
  pairBy: choice(PAIRED_BY, {
    flag: '--pair-by <what>',
    help: 'which rows of the two sets belong together',
    default: 'instruction',
  }),
} as const satisfies OptionTable<PairwiseOptions>;

/** `PairwiseOptions` with the defaults filled in. */
export type PairwiseSettings = Filled<PairwiseOptions, typeof PAIRWISE_OPTIONS>;

/** The two sets. @throws EvosiftError `bad_argument` where there are not two. */
export function twoSets({ data = [] }: Pick<PairwiseOptions, 'data'>): readonly [first: string, second: string] {
  const [first, second, ...others] = data;
  if (first !== undefined && second !== undefined && others.length === 0) return [first, second];
  throw new EvosiftError(
    'bad_argument',
    `judgePairwise: \`data\` must be two sets of answers, a file, glob, folder or run each, not ${data.length}`,
    { option: 'data' },
  );
}
