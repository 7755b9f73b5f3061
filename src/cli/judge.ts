import { Command } from 'commander';
import { judgeRewardCommand } from './judge-reward.js';

/** `evosift judge KIND DATA…`. */
export const judgeCommand = (): Command =>
  new Command('judge').description('have rows judged: by a reward model').addCommand(judgeRewardCommand());
