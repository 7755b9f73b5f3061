import { describe, expect, it } from 'vitest';
import { run } from '../../../src/autoif/worker.js';
import { completionOf } from '../../support/completion.js';

/** What small models repeat until they reach their limit, and what the rules look for. */
const UNITS = [
  ' ',
  '\n',
  '\t',
  ' \n',
  '"',
  "'",
  '\\',
  '\\n',
  '\\"',
  '{',
  '}',
  '[',
  ':',
  ': "',
  '": "',
  '"a": "',
  ',',
  ',\n"a":',
  '*',
  '**',
  '#',
  '`',
  '```',
  '```json\n',
  '"""',
  'a',
  'a ',
  'no ',
  "don't ",
  '1',
  '1. ',
  '- ',
  '9 ',
  'Score: ',
  'Label: ',
  'neutral ',
  '<think>',
  '</think>',
  'def evaluate(',
  'def evaluate(response):\\n',
  '" * 9',
  '不',
  '😀',
] as const;

const ASKED: Readonly<Record<string, unknown>> = {
  constraints: null,
  verifier: { constraint: 'Use no commas' },
  'back-translation': { code: 'def evaluate(response): return True', prompt: 'Constraint:' },
  judgement: { premise: 'Use no commas', hypothesis: 'Use few', marker: 'Label:' },
  grade: { about: 'Name a river.', marker: 'Score:' },
};

describe('An answer that repeats itself up to its limit is examined in no time', () => {
  it.each(Object.entries(ASKED))('%s', async (kind, asked) => {
    for (const unit of UNITS) {
      const endless = unit.repeat(8_192 / unit.length);
      for (const text of [endless, `{"func": "${endless}`, `{"func": "def evaluate(response):\\n${endless}"}`]) {
        const began = performance.now();
        const examination = { kind, asked };
        const outcome = await run({ kind: 'examine', completion: completionOf(text), examination });
        expect(outcome.status).toBe('examined');
        expect({ unit, ms: performance.now() - began < 2_000 }).toEqual({ unit, ms: true });
      }
    }
  });
});

it.each([
  ['the beginning of a function', `{"func": "${'def evaluate('.repeat(20_000)}"}`],
  ['escaped quotation marks', `{"func": "${'\\"'.repeat(120_000)}`],
])('A quarter of a megabyte of %s is examined in no time', async (_name, text) => {
  const began = performance.now();
  const examination = { kind: 'verifier', asked: ASKED['verifier'] };
  await run({ kind: 'examine', completion: completionOf(text), examination });
  expect(performance.now() - began).toBeLessThan(2_000);
});
