import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadScorer, type Outcome, type Scorer } from '../../src/index.js';
import { packageFile } from '../../src/base/package-file.js';

const GSM8K = packageFile('package.json').replace(/package\.json$/, 'bench/data/gsm8k-60.jsonl');

describe('the library', () => {
  let scorer: Scorer;
  let rows: unknown[];
  beforeAll(async () => {
    rows = (await readFile(GSM8K, 'utf8'))
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    scorer = await loadScorer({ model: 'pocket', dtype: 'f32' });
  });
  afterAll(() => scorer.close());

  const collect = async (outcomes: AsyncIterable<Outcome>): Promise<Outcome[]> => {
    const all: Outcome[] = [];
    for await (const outcome of outcomes) all.push(outcome);
    return all;
  };

  it('gives outcomes in input order, of which each row has one', async () => {
    const outcomes = await collect(scorer.score(rows));
    expect(outcomes.map(({ index }) => index)).toEqual(rows.map((_, i) => i));
  });

  it('gives the same scores to calls at the same time, and to another scorer beside it', async () => {
    await using other = await loadScorer({ model: 'pocket', dtype: 'f32', threads: 1 });
    const [alone, first, second, third] = await Promise.all([
      collect(scorer.score(rows)),
      collect(scorer.score(rows)),
      collect(scorer.score(rows.toReversed())),
      collect(other.score(rows)),
    ]);
    const scores = (outcomes: Outcome[]) => outcomes.map((o) => (o.status === 'scored' ? o.icIfd : o.reason));
    expect(scores(first)).toEqual(scores(alone));
    expect(scores(third)).toEqual(scores(alone));
    expect(scores(second).toReversed()).toEqual(scores(alone));
  });

  it('reads no further ahead than it must, and closes the rows when the loop is left', async () => {
    let read = 0;
    let closed = false;
    const endless = async function* () {
      try {
        for (;;) yield rows[read++ % rows.length];
      } finally {
        closed = true;
      }
    };
    for await (const { index } of scorer.score(endless())) if (index === 20) break;
    await vi.waitFor(() => expect(closed).toBe(true));
    expect(read).toBeLessThan(5000);
  });

  it('stops when the signal aborts, and can be used again', async () => {
    const controller = new AbortController();
    const repeated = Array.from({ length: 40 }, () => rows).flat();
    const scoring = (async () => {
      for await (const { index } of scorer.score(repeated, { signal: controller.signal })) {
        if (index === 10) controller.abort();
      }
    })();
    await expect(scoring).rejects.toMatchObject({ code: 'aborted' });
    expect(await collect(scorer.score(rows.slice(0, 3)))).toHaveLength(3);
  });

  it('names what cannot be scored, and goes on', async () => {
    const outcomes = await collect(
      scorer.score([rows[0], { instruction: 'only', output: '' }, { instruction: {}, output: 'x' }, rows[1]]),
    );
    expect(outcomes.map((o) => (o.status === 'scored' ? o.status : o.reason))).toEqual([
      'scored',
      'empty_response',
      'malformed_row',
      'scored',
    ]);
  });

  it('says which option is wrong, and its value', () => {
    // @ts-expect-error a recipe that there is none of
    expect(() => scorer.score(rows, { recipe: 'perplexity' })).toThrow(/recipe.*perplexity/);
  });
});
