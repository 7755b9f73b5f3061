import { Command } from 'commander';
import { judgeDifficultyCommand } from './judge-difficulty.js';
import { judgeKeywordsCommand } from './judge-keywords.js';
import { judgePairwiseCommand } from './judge-pairwise.js';
import { judgeRewardCommand } from './judge-reward.js';
import { judgeScoreCommand } from './judge-score.js';

/** `evosift judge KIND DATA…`. */
export const judgeCommand = (): Command =>
  new Command('judge')
    .description('have rows judged: by a generator, or by a reward model')
    .addCommand(judgeDifficultyCommand())
    .addCommand(judgeScoreCommand())
    .addCommand(judgeRewardCommand())
    .addCommand(judgePairwiseCommand())
    .addCommand(judgeKeywordsCommand());
