import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rank } from '../../src/rank/rank.js';
import type { RankOptions } from '../../src/rank/options.js';
import { indexes, newFolder, runOver, scored, unscored } from './rank-fixture.js';

const LOSSES: readonly (readonly [q: number, aGivenQ: number, a: number])[] = [
  [2, 1, 4],
  [1, 3, 2],
  [4, 2, 0],
  [3, 3, 3],
];
const rows = LOSSES.map((_, n) => `${JSON.stringify({ instruction: `do ${n}`, output: 'done', n, 'my-score': -n })}\n`);
const { run } = await runOver('data.jsonl', [...rows, rows[0]!].join(''), [
  ...LOSSES.map(([lossQ, lossAGivenQ, lossA], index) => scored(index, { lossQ, lossAGivenQ, lossA })),
  unscored(4),
]);

const order = async (options: Partial<RankOptions>): Promise<number[]> => {
  const out = join(newFolder(), 'out.jsonl');
  await rank({ run, out, ...options });
  return indexes(out);
};

describe('by an expression', () => {
  // By hand: loss_a_given_q * loss_q / loss_a is 0.5, 1.5, infinite, 3.
  it('orders rows by what it comes to, and does not rank those of which it is no number', async () => {
    const by = 'loss_a_given_q * loss_q / loss_a';
    expect(await order({ by })).toEqual([3, 1, 0]);
    expect(await order({ by, ascending: true })).toEqual([0, 1, 3]);
    expect(await rank({ run, by, preview: 1 })).toMatchObject({
      by,
      byRecipe: null,
      kept: 3,
      leftOut: { no_value: 1, unscored: 1 },
      top: [{ index: 3, value: 3 }],
    });
  });

  it('leaves a row unranked where it cannot be worked out', async () => {
    // No logarithm of 0, and no number in the text of any other row.
    expect(await order({ by: 'ln(loss_a)' })).toEqual([0, 3, 1]);
    expect(await order({ by: `CAST(replace(instruction, 'do 2', '7') AS INTEGER)` })).toEqual([2]);
  });

  it('names the columns of the rows as well; ties keep input order', async () => {
    expect(await order({ by: `CASE WHEN n > 1 THEN 1 ELSE 0 END -- a remark` })).toEqual([2, 3, 0, 1]);
    expect(await order({ by: `-abs("my-score")`, ascending: true })).toEqual([3, 2, 1, 0]);
  });

  it('is a column where there is one of that name', async () => {
    expect(await order({ by: 'my-score' })).toEqual([0, 1, 2, 3]);
  });

  it.each([
    ['loss_q * nope', /^rank: `by` "loss_q \* nope": there is no column "nope"; there are index, id, .*my-score/],
    ['loss_q *', /^rank: `by` "loss_q \*": syntax error/],
    ['loss_q > 1', /^rank: `by` loss_q > 1: rows are ordered by a number, and this expression is BOOLEAN$/],
    [`concat(instruction, 'x')`, /and this expression is text$/],
    ['1 + 1', /^rank: `by` "1 \+ 1": it names no column; there are index/],
    ['avg(loss_q)', /^rank: `by` "avg\(loss_q\)": a value of one row cannot contain aggregates/],
    ['row_number() OVER (ORDER BY loss_q)', /cannot contain window functions/],
    ['loss_q + epoch(now())', /now says nothing of a row/],
    ["loss_q + length(current_setting('threads'))", /current_setting says nothing of a row/],
    ['loss_q * random()', /TRY can not be used in combination with a volatile function/],
    [
      'loss_q - (SELECT avg(loss_q) FROM score)',
      /it must be one number of a row, as it stands in a SELECT, without sub/,
    ],
    [`loss_q + (SELECT count(*) FROM read_text('/etc/passwd'))`, /without subqueries$/],
    ['COLUMNS(*)', /without subqueries$/],
    ['loss_q) OR (loss_q', /this expression is|convert|cast/i],
    ['loss_q), (loss_a', /syntax error/],
    ['loss_q) GROUP BY (loss_a', /it must be one number of a row/],
    ['unnest([loss_q, loss_a])', /UNNEST not supported here/],
  ])('%s is refused', async (by, message) => {
    await expect(order({ by })).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringMatching(message) as string,
    });
  });
});
