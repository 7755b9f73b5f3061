import { Command } from 'commander';
import { judgeDifficultyCommand } from './judge-difficulty.js';
import { judgeKeywordsCommand } from './judge-keywords.js';
import { judgePairwiseCommand } from './judge-pairwise.js';
import { judgeScoreCommand } from './judge-score.js';

/** `evosift judge KIND DATA…`. */
export const judgeCommand = (): Command =>
  new Command('judge')
    .description('have rows judged: by a generator')
    .addCommand(judgeDifficultyCommand())
    .addCommand(judgeScoreCommand())
    .addCommand(judgePairwiseCommand())
    .addCommand(judgeKeywordsCommand());
