import { expect, it } from 'vitest';
import { run } from '../../../src/autoif/worker.js';
import { completionOf } from '../../support/completion.js';

it.each([
  ['constraints', null, '1. Use no commas', { constraints: ['Use no commas'] }],
  ['verifier', { constraint: 'Use no commas' }, 'None.', { failed: 'unparsable' }],
  ['back-translation', { code: '', prompt: '' }, 'Use no commas', { text: 'Use no commas' }],
  ['judgement', { premise: '', hypothesis: '', marker: null }, 'neutral', { label: 'neutral' }],
  ['grade', { about: '', marker: 'Score:' }, 'Score: 9', { grade: 9 }],
  ['response', { instruction: 'Say hello.' }, 'Hello.', { text: 'Hello.', failed: null }],
])('The worker examines answers of the kind %s', async (kind, asked, text, finding) => {
  const outcome = await run({ kind: 'examine', completion: completionOf(text), examination: { kind, asked } });
  expect(outcome).toMatchObject({ status: 'examined', finding });
});
