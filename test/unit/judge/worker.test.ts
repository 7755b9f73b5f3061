import { expect, it } from 'vitest';
import { run } from '../../../src/judge/worker.js';
import { completionOf } from '../../support/completion.js';

it.each([
  ['difficulty', 'Difficulty:', 'Difficulty: hard', 'hard'],
  ['score', 'Score:', 'Score: 70', 70],
  ['pairwise', 'Better:', 'Better: 2', 'second'],
  ['keywords', 'Keyword:', 'Keyword: add constraints', 'add constraints'],
])('The worker examines answers of the kind %s', async (kind, marker, text, value) => {
  const examination = { kind, asked: { about: '', marker } };
  const outcome = await run({ kind: 'examine', completion: completionOf(text), examination });
  expect(outcome).toMatchObject({ status: 'examined', finding: { value, failed: null } });
});
