import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/score/outcome.js';
import { createScorer, type Scorer } from '../../../src/score/scorer.js';
import { loadTokenizer } from '../../../src/text/tokenizer.js';
import { formula, FormulaEngine, type FormulaEngineOptions } from '../../support/formula-engine.js';

const tokenizerDirectory = resolve(import.meta.dirname, '../../../models/pocket');
const open: Scorer[] = [];

async function scorerOver(options: FormulaEngineOptions = {}): Promise<{ engine: FormulaEngine; scorer: Scorer }> {
  const engine = new FormulaEngine(options);
  const modelHash = async (): Promise<string> => 'formula';
  const scorer = await createScorer(engine, { model: 'formula', tokenizerDirectory, modelHash });
  open.push(scorer);
  return { engine, scorer };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((scorer) => scorer.close()));
});

async function all<Item>(source: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source) items.push(item);
  return items;
}

const rowOf = (number: number): Record<string, string> => ({
  instruction: `Count from ${number} to ${number + (number % 40)}`,
  output: Array.from({ length: 2 + (number % 40) }, (_, step) => String(number + step)).join(', '),
});

const rows = (count: number): Record<string, string>[] => Array.from({ length: count }, (_, number) => rowOf(number));

describe('score', () => {
  it("gives each row's own losses, in input order, however batches end", async () => {
    const { engine, scorer } = await scorerOver({ delayOf: (batch) => (batch % 3 === 0 ? 20 : 0) });
    const outcomes = await all(scorer.score(rows(1_500), { batchTokens: 2_000 }));
    expect(outcomes.map(({ index }) => index)).toEqual([...Array.from({ length: 1_500 }).keys()]);
    expect(engine.mostInFlight).toBeGreaterThan(1);

    const tokenizer = await loadTokenizer(tokenizerDirectory);
    for (const index of [0, 1, 39, 40, 777, 1_499]) {
      const row = rowOf(index);
      const ids = await tokenizer.encode(`${row.instruction}\n${row.output}`);
      const boundary = (await tokenizer.encode(row.instruction!)).length;
      const losses = Array.from(ids.slice(1), (id, before) => Math.fround(formula(ids[before]!, id)));
      const lossQ = mean(losses.slice(0, boundary - 1));
      const lossAGivenQ = mean(losses.slice(boundary - 1));
      expect(outcomes[index]!.lossQ).toBeCloseTo(lossQ, 10);
      expect(outcomes[index]!.lossAGivenQ).toBeCloseTo(lossAGivenQ, 10);
      expect(outcomes[index]!.tokensQ).toBe(boundary - 1);
    }
  });

  it('does not depend on how rows are batched', async () => {
    const { scorer } = await scorerOver();
    const whole = await all(scorer.score(rows(300)));
    const single = await all(scorer.score(rows(300), { batchTokens: 1 }));
    expect(single).toEqual(whole);
  });

  it('gives every row an outcome, whatever it is', async () => {
    const { scorer } = await scorerOver({ contextLength: 64 });
    const odd: unknown[] = [
      rowOf(3),
      null,
      17,
      ['a'],
      { question: 'no answer' },
      { instruction: 'text', output: {} },
      { instruction: '', output: 'something' },
      { instruction: 'something', output: '' },
      { instruction: 'long '.repeat(200), output: 'short' },
      rowOf(4),
    ];
    const outcomes = await all(scorer.score(odd));
    expect(outcomes.map(({ reason }) => reason)).toEqual([
      null,
      'malformed_row',
      'malformed_row',
      'malformed_row',
      'malformed_row',
      'malformed_row',
      'empty_instruction',
      'empty_response',
      'too_long',
      null,
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === 'scored') continue;
      expect(outcome.detail).not.toBe('');
      expect(outcome.ifd).toBeNull();
    }
  });

  it('answers a source that waits for each outcome', async () => {
    const { scorer } = await scorerOver();
    const seen: Outcome[] = [];
    async function* source(): AsyncGenerator<unknown> {
      for (let number = 0; number < 5; number++) {
        yield rowOf(number);
        while (seen.length <= number) await delay(1);
      }
    }
    for await (const outcome of scorer.score(source())) seen.push(outcome);
    expect(seen).toHaveLength(5);
  });

  it('reads a bounded amount ahead of a consumer that stopped taking', async () => {
    const { scorer } = await scorerOver();
    let read = 0;
    function* source(): Generator<unknown> {
      for (;;) yield rowOf(read++);
    }
    const outcomes = scorer.score(source(), { batchTokens: 2_000 });
    await outcomes.next();
    await delay(100);
    const ahead = read;
    await delay(100);
    expect(read).toBe(ahead);
    await outcomes.return();
  });

  it('closes its source and drops the work in hand on an early return', async () => {
    const { engine, scorer } = await scorerOver({ delayOf: (batch) => (batch < 5 ? 0 : 60_000) });
    let closed = false;
    function* source(): Generator<unknown> {
      try {
        for (let number = 0; ; number++) yield rowOf(number);
      } finally {
        closed = true;
      }
    }
    for await (const outcome of scorer.score(source(), { batchTokens: 2_000 })) {
      if (outcome.index === 3) break;
    }
    await delay(20);
    expect(closed).toBe(true);
    expect(engine.inFlight).toBe(0);
  });

  it('throws aborted at once when its signal aborts, even while the source is silent', async () => {
    const { engine, scorer } = await scorerOver({ delayOf: () => 60_000 });
    async function* source(): AsyncGenerator<unknown> {
      yield rowOf(0);
      await delay(60_000, undefined, { ref: false });
    }
    const controller = new AbortController();
    const scoring = all(scorer.score(source(), { signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    await expect(scoring).rejects.toMatchObject({ code: 'aborted' });
    await delay(10);
    expect(engine.inFlight).toBe(0);
    await expect(all(scorer.score([rowOf(0)], { signal: controller.signal }))).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it("throws the engine's error, after the outcomes before it", async () => {
    const { scorer } = await scorerOver({ failAt: new Set([20]) });
    const seen: number[] = [];
    const run = async (): Promise<void> => {
      for await (const { index } of scorer.score(rows(5_000), { batchTokens: 2_000 })) seen.push(index);
    };
    await expect(run()).rejects.toMatchObject({ code: 'engine_failed' });
    expect(seen).toEqual([...seen.keys()]);
    expect(seen.length).toBeGreaterThan(0);
  });

  it('stops at the first row without a score under strict', async () => {
    const { scorer } = await scorerOver();
    const run = all(scorer.score([rowOf(1), { instruction: 'a question', output: '' }], { strict: true }));
    await expect(run).rejects.toMatchObject({ code: 'strict', message: expect.stringContaining('Row 1') });
  });

  it('serves calls side by side', async () => {
    const { scorer } = await scorerOver({ delayOf: () => 5 });
    const alone = await all(scorer.score(rows(100)));
    const together = await Promise.all([1, 2, 3].map(() => all(scorer.score(rows(100)))));
    for (const outcomes of together) expect(outcomes).toEqual(alone);
  });

  it('gives the losses themselves with perToken', async () => {
    const { scorer } = await scorerOver();
    const [outcome] = await all(scorer.score([rowOf(5)], { perToken: true }));
    const { q, aGivenQ, a } = outcome!.perToken!;
    expect([q.length, aGivenQ.length, a.length]).toEqual([outcome!.tokensQ, outcome!.tokensA, outcome!.tokensAAlone]);
    expect(mean([...aGivenQ])).toBeCloseTo(outcome!.lossAGivenQ!, 12);
  });

  it('refuses work after it was closed and rejects what was in flight', async () => {
    const { scorer } = await scorerOver({ delayOf: () => 100 });
    const scoring = all(scorer.score(rows(1_000), { batchTokens: 500 }));
    const settled = scoring.then(
      () => null,
      (error: unknown) => error,
    );
    await delay(30);
    await scorer.close();
    expect(await settled).toMatchObject({ code: 'closed' });
    expect(() => scorer.score([])).toThrow(expect.objectContaining({ code: 'closed' }));
  });
});

describe('nll', () => {
  it('scores ids, texts and texts in a context, and says why where it cannot', async () => {
    const { scorer } = await scorerOver({ vocabSize: 8_192, contextLength: 64 });
    const tokenizer = await loadTokenizer(tokenizerDirectory);
    const results = await all(
      scorer.nll([
        { ids: [5, 6, 7] },
        { ids: [5] },
        { ids: [5, 8_192] },
        { ids: Array.from({ length: 65 }, () => 1) },
        { text: 'the quick brown fox' },
        { prompt: 'Say it: ', text: 'the quick brown fox' },
      ]),
    );
    const quick = await tokenizer.encode('the quick brown fox');
    const prompted = await tokenizer.encode('Say it: the quick brown fox');
    expect(results[0]).toMatchObject({ ok: true, nll: Float32Array.of(formula(5, 6), formula(6, 7)) });
    expect(results[1]).toMatchObject({ ok: true, nll: new Float32Array(0) });
    expect(results[2]).toEqual({ ok: false, reason: 'ids[1] = 8192 is no id of the model: [0, 8192)' });
    expect(results[3]).toMatchObject({ ok: false, reason: expect.stringContaining('65 tokens') });
    expect(results[4]).toMatchObject({ ok: true, ids: quick });
    const last = results[5]!;
    expect(last).toMatchObject({ ok: true, ids: prompted });
    if (last.ok) {
      expect(last.nll.length).toBeLessThan(prompted.length - 1);
      const tail = prompted.slice(prompted.length - last.nll.length - 1);
      expect([...last.nll]).toEqual(Array.from(tail.slice(1), (id, before) => Math.fround(formula(tail[before]!, id))));
    }
  });
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
