import { describe, expect, it } from 'vitest';
import { CountingAsker, textOfTokens } from '../../../src/ask/counting-asker.js';
import { eachOnce } from '../../../src/ask/each-once.js';
import { checkPrice, estimate } from '../../../src/ask/estimate.js';
import type { JournalKey } from '../../../src/llm/question.js';
import { planOf } from '../../support/fleet-fixture.js';

const plan = planOf({ baseUrl: 'http://127.0.0.1:9/v1' });

async function counted(requests: number): Promise<CountingAsker> {
  const asker = new CountingAsker({ some: () => ({ finding: null, tokens: 100 }) });
  for (let item = 0; item < requests; item++) {
    const key: JournalKey = { stage: 's', item: String(item), operation: 'o', sample: 0, attempt: 0 };
    const messages = [{ role: 'user', content: textOfTokens(50) }] as const;
    await asker.ask({ key, plan, messages, sampling: { maxTokens: 80 }, examination: { kind: 'some', asked: null } });
  }
  return asker;
}

describe('An estimate of what was counted', () => {
  const basis = { price: null, limits: {}, generators: 1, assumed: ['a response has 100'] };

  it('counts requests and tokens, those of an answer up to its limit', async () => {
    const { total, tokens, cost, assumptions } = estimate(await counted(10), basis);
    expect({ total, tokens, cost }).toEqual({ total: 10, tokens: { prompt: 500, completion: 800 }, cost: null });
    expect(assumptions).toContain('a response has 100');
  });

  it('costs what its tokens cost', async () => {
    expect(estimate(await counted(10), { ...basis, price: { input: 2, output: 10 } }).cost).toBeCloseTo(0.009, 12);
  });

  it.each([
    ['the answers themselves', { concurrency: 2 }, 800 / 40 / 2],
    ['requests a minute', { concurrency: 2, rpm: 10 }, 60],
    ['tokens a minute', { concurrency: 2, tpm: 650 }, 120],
  ])('takes as long as %s', async (_, limits, seconds) => {
    const asker = await counted(10);
    expect(estimate(asker, { ...basis, limits }).seconds).toBeCloseTo(seconds, 9);
    expect(estimate(asker, { ...basis, limits, generators: 2 }).seconds).toBeCloseTo(seconds / 2, 9);
  });

  it('wants prices that are numbers of at least 0', () => {
    checkPrice({ input: 0, output: 1 });
    for (const input of [-1, NaN, Infinity])
      expect(() => checkPrice({ input, output: 1 })).toThrow('the price must be');
  });
});

it('Generators that a run asks for several things are asked as one', () => {
  const other = { ...plan, name: 'other' };
  expect(eachOnce([plan, other, plan])).toEqual([plan, other]);
});
