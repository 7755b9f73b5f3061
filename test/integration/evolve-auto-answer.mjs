import { withOwnSeed } from '../../dist/llm/fleet/own-seed.js';

/**
 * Answers for `LoopbackLlm` that make some methods of evolving better than others: one of skill S gets S % of all rows
 * evolved, the first one 30 %. Candidate N of a step (known by its request's seed, where the run's is 5) changes
 * the skill by `CHANGES[N]`.
 *
 * @param {{messages: readonly {content: string}[], seed?: number}} body
 * @returns {string}
 */
export default function answer({ messages, seed = 0 }) {
  const prompt = messages.map(({ content }) => content).join('\n');
  const skill = Number(/Skill (\d+)/.exec(prompt)?.[1] ?? 30);
  if (prompt.includes('#New Method#')) {
    const better = skill + (CHANGES[CANDIDATES.get(seed)] ?? 0);
    return `I mended it.\n#New Method#\n1. Read the task. 2. Add one requirement to it. Skill ${better}.`;
  }
  if (prompt.includes('#Final Instruction#')) {
    const [, task = ''] = /<instruction>\s*([\s\S]*?)\s*<\/instruction>/.exec(prompt) ?? [];
    const difficulty = (Number(/part (\d+)/.exec(task)?.[1]) * 37) % 100;
    const demand = skill < 75 ? DEMANDS.hard : DEMANDS.plain;
    return `Step 1: as it says.\n#Final Instruction#\n${difficulty < skill ? `${task} ${demand}` : task}`;
  }
  if (prompt.includes('Case 1')) return 'Several cases stayed as they were: demand a change in every round.';
  return 'Goods and floods come with it, and so the towns stand on hills beside their harbours and keep their walls.';
}

const CHANGES = [-10, 10, 45];

const CANDIDATES = new Map(
  [1, 2, 3].flatMap((step) =>
    CHANGES.map((_, sample) => {
      const key = { stage: 'optimise', item: `step-${step}.0`, operation: 'rewrite', sample, attempt: 0 };
      return [withOwnSeed({ key, sampling: { seed: 5 + sample } }).sampling.seed, sample];
    }),
  ),
);

const DEMANDS = {
  hard: 'Argue for each point from a year of drought, and close with what a careful reader should doubt.',
  /** A model foresees a count: L(Q) falls, and IC-IFD rises. */
  plain: `Count the reasons while you give them: ${Array.from({ length: 27 }, (_, place) => place + 1).join(', ')}.`,
};
