import type { Command } from 'commander';
import { judgePairwise, judgePairwiseDryRun, PAIRWISE_OPTIONS, type PairwiseReport } from '../judge/index.js';
import { measureCommand } from './judge-measure.js';
import { reasonsText } from './llm-arguments.js';

/** `evosift judge pairwise A B`. */
export const judgePairwiseCommand = (): Command =>
  measureCommand({
    name: 'pairwise',
    description: 'which of two sets of answers to the same instructions is better; wins are those of the first',
    table: PAIRWISE_OPTIONS,
    run: judgePairwise,
    dryRun: judgePairwiseDryRun,
    text: pairwiseText,
    decided: ({ judged, unparsableTies }) => judged - unparsableTies,
    notes: `
DATA are two sets of answers, a file, glob, folder or run each.

Examples:
  evosift judge pairwise runs/a runs/b --llm openai:qwen2.5-72b@http://127.0.0.1:8080/v1 -o pairs.jsonl
  evosift judge pairwise a.jsonl b.jsonl --llm openai:gpt-4o --preset published -o pairs.jsonl`,
  });

type Share = PairwiseReport['rates']['win'];

const percent = (share: number | null): string => (share === null ? '-' : (100 * share).toFixed(1));
const shareText = ({ share, low, high }: Share): string =>
  `${percent(share)} %, 95 % interval ${percent(low)} to ${percent(high)}`;

function pairwiseText(report: PairwiseReport): readonly string[] {
  const {
    pairs,
    judged,
    unparsableTies,
    unjudged,
    win,
    tie,
    lose,
    rates,
    positions,
    disagreements,
    onlyFirst,
    onlySecond,
  } = report;
  const apart = onlyFirst + onlySecond > 0 ? `; only in the first ${onlyFirst}, only in the second ${onlySecond}` : '';
  const nonsense = unparsableTies > 0 ? `; unparsable ${unparsableTies} (counted as ties)` : '';
  const { first, second, firstOfDecided } = positions;
  return [
    `${pairs} pairs, ${judged} judged${reasonsText(unjudged)}${nonsense}${apart}`,
    `win ${win} (${shareText(rates.win)}), tie ${tie}, lose ${lose}`,
    `the answer shown first is the better one in ${first} of ${first + second} (${shareText(firstOfDecided)})` +
      `; ${disagreements} pairs are ties because the two orders disagree`,
  ];
}
