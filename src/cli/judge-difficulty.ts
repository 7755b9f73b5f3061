import type { Command } from 'commander';
import { DIFFICULTIES, JUDGE_OPTIONS, judgeDifficulty, judgeDifficultyDryRun } from '../judge/index.js';
import { measureCommand } from './judge-measure.js';
import { reasonsText } from './llm-arguments.js';

/** `evosift judge difficulty DATA…`. */
export const judgeDifficultyCommand = (): Command =>
  measureCommand({
    name: 'difficulty',
    description: 'how hard instructions are, from very_easy to very_hard',
    table: JUDGE_OPTIONS,
    run: judgeDifficulty,
    dryRun: judgeDifficultyDryRun,
    text: ({ rows, judged, unjudged, levels, meanDifficulty }) => [
      `${rows} rows, ${judged} judged${reasonsText(unjudged)}`,
      DIFFICULTIES.map((level) => `${level} ${levels[level]}`).join(', ') +
        (meanDifficulty === null ? '' : `; mean ${meanDifficulty.toFixed(2)} of 5`),
    ],
    notes: `
Examples:
  evosift judge difficulty rows.jsonl --llm openai:qwen2.5-72b@http://127.0.0.1:8080/v1 -o difficulty.jsonl
  evosift rank runs/a --join difficulty.jsonl --where "difficulty >= 4" -o hard.jsonl`,
  });
