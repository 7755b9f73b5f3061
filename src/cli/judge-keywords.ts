import type { Command } from 'commander';
import { judgeKeywords, judgeKeywordsDryRun, KEYWORDS_OPTIONS } from '../judge/index.js';
import { measureCommand } from './judge-measure.js';
import { reasonsText } from './llm-arguments.js';

/** `evosift judge keywords RUN…`. */
export const judgeKeywordsCommand = (): Command =>
  measureCommand({
    name: 'keywords',
    description: 'what the methods of evolve --method auto come to, a phrase each, counted by who wrote them',
    table: KEYWORDS_OPTIONS,
    run: judgeKeywords,
    dryRun: judgeKeywordsDryRun,
    text: ({ generators }) =>
      Object.entries(generators).map(([name, { rows, judged, unjudged, keywords }]) => {
        const counted = keywords.map(({ keyword, count }) => `${keyword} ${count}`).join(', ');
        return `${name}: ${rows} methods, ${judged} summed up${reasonsText(unjudged)}${counted === '' ? '' : `: ${counted}`}`;
      }),
    notes: `
DATA are runs of evolve --method auto.

Example:
  evosift judge keywords runs/small runs/large --llm openai:qwen2.5-72b@http://127.0.0.1:8080/v1 -o keywords.jsonl`,
  });
