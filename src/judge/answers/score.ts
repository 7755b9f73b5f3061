import { numberIn, onlyNumber } from '../../ask/answers/number-on-scale.js';
import type { Completion } from '../../llm/chat.js';
import { findVerdict, type VerdictAsked, type VerdictFinding } from './find-verdict.js';

export const BEST_SCORE = 100;

/** Examines an answer to `judge-score`: a number from 0 to 100. */
export const examineScore = (asked: VerdictAsked, completion: Completion): VerdictFinding<number> =>
  findVerdict(asked, completion, {
    key: 'score',
    read: (said) => numberIn(plain(said), BEST_SCORE),
    readAlone: (said) => onlyNumber(plain(said), BEST_SCORE),
  });

/** Full-width digits and `$\\boxed{85}$` as plain digits. */
const plain = (said: string): string => said.normalize('NFKC').replace(/\$?\\boxed\{([^{}]*)\}\$?/, '$1');
