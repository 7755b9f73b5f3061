import { Command } from 'commander';
import { judgeDifficultyCommand } from './judge-difficulty.js';
import { judgeScoreCommand } from './judge-score.js';

/** `evosift judge KIND DATA…`. */
export const judgeCommand = (): Command =>
  new Command('judge')
    .description('have rows judged: by a generator')
    .addCommand(judgeDifficultyCommand())
    .addCommand(judgeScoreCommand());
