export const LENGTH_CONTROLS = ['none', 'multiply', 'divide'] as const;
export type LengthControl = (typeof LENGTH_CONTROLS)[number];

/**
 * A reward that goes by the length of the answer, measured by the mean length of all answers that have a reward:
 *
 *     multiply   reward * length / mean      longer answers count more
 *     divide     reward / length * mean      longer answers count less
 *
 * Both as `eval_reward.py` of Evolution-Analysis (Hui et al., 2024) has them, for its two reward models; lengths are tokens
 * of the answer alone, without special ones. A reward below 0 is drawn towards 0 where one above 0 is. Null without a
 * length.
 */
export function controlLength(
  reward: number,
  length: number,
  mean: number,
  control: Exclude<LengthControl, 'none'>,
): number | null {
  const value = control === 'multiply' ? (reward * length) / mean : (reward / length) * mean;
  return Number.isFinite(value) ? value : null;
}
