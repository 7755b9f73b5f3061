import { integer, type Filled, type OptionTable } from '../../base/options.js';
import { DATA_OPTIONS, type DataOptions } from '../../rows/data-options.js';
import { JUDGE_OPTIONS, type JudgeOptions } from '../run/options.js';

/** What `judgeKeywords` takes; `data` are runs of `evolve` with method `auto`, whose files need not be described. */
export interface KeywordsOptions extends Omit<JudgeOptions, Exclude<keyof DataOptions, 'data'>> {
  /** Keywords that the summary lists for each generator; default 20. */
  readonly top?: number;
}

const ofRows: ReadonlySet<string> = new Set(Object.keys(DATA_OPTIONS).filter((name) => name !== 'data'));
const own = Object.fromEntries(Object.entries(JUDGE_OPTIONS).filter(([name]) => !ofRows.has(name)));

export const KEYWORDS_OPTIONS = {
  ...(own as unknown as Omit<typeof JUDGE_OPTIONS, Exclude<keyof DataOptions, 'data'>>),
  top: integer({ from: 1 }, { flag: '--top <n>', help: 'keywords that are listed for each generator', default: 20 }),
} as const satisfies OptionTable<KeywordsOptions>;

/** `KeywordsOptions` with the defaults filled in. */
export type KeywordsSettings = Filled<KeywordsOptions, typeof KEYWORDS_OPTIONS>;
