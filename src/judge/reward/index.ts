/** Rewards of a reward model, as others see them. */
export { judgeReward, type RewardReport } from './judge-reward.js';
export { JUDGE_REWARD_OPTIONS, type JudgeRewardOptions } from './options.js';
export type { RewardLine, RewardVerdict } from './reward-line.js';
export type { RewardSummary } from './reward-summary.js';
