import type { Command } from 'commander';
import { JUDGE_OPTIONS, judgeScore, judgeScoreDryRun } from '../judge/index.js';
import { measureCommand } from './judge-measure.js';
import { reasonsText } from './llm-arguments.js';

/** `evosift judge score DATA…`. */
export const judgeScoreCommand = (): Command =>
  measureCommand({
    name: 'score',
    description: 'a score of instructions from 0 to 100',
    table: JUDGE_OPTIONS,
    run: judgeScore,
    dryRun: judgeScoreDryRun,
    text: ({ rows, judged, unjudged, meanScore }) => [
      `${rows} rows, ${judged} judged${reasonsText(unjudged)}` +
        (meanScore === null ? '' : `; mean score ${meanScore.toFixed(1)} of 100`),
    ],
    notes: `
Examples:
  evosift judge score rows.jsonl --llm openai:qwen2.5-72b@http://127.0.0.1:8080/v1 -o score.jsonl
  evosift rank runs/a --join score.jsonl --by judge_score --top 1000 -o best.jsonl`,
  });
