import { describe, expect, it } from 'vitest';
import { EvolutionTotals } from '../../../src/evolve/summary.js';
import type { LineageLine } from '../../../src/evolve/lineage.js';

const line = (fields: Partial<LineageLine>): LineageLine => ({
  id: '0.0.1.0',
  seed: '0',
  parent: '0',
  round: 1,
  op: 'deepening',
  generator: 'small',
  sample: 0,
  attempt: 0,
  status: 'survived',
  reason: null,
  detail: '',
  instruction: 'text',
  input: '',
  response: null,
  response_reason: null,
  ...fields,
});

const totalsOf = (...lines: readonly Partial<LineageLine>[]) => {
  const totals = new EvolutionTotals();
  for (const fields of lines) totals.add(line(fields));
  return totals.summary();
};

describe('the summary of an evolution', () => {
  it('is a funnel in which every attempt is accounted for', () => {
    const { total, rounds, operations } = totalsOf(
      { status: 'eliminated', reason: 'unchanged' },
      { status: 'eliminated', reason: 'refusal' },
      { op: 'reasoning', attempt: 1 },
      { status: 'failed', reason: 'timeout' },
      { round: 2 },
      { round: 2, status: 'outdone' },
      { round: 2, status: 'eliminated', reason: 'unchanged' },
    );
    expect(total).toMatchObject({
      in: 7,
      eliminated: { refusal: 1, unchanged: 2 },
      failed: { timeout: 1 },
      outdone: 1,
      out: 2,
    });
    const parts = [rounds['1'], rounds['2']].map((round) => [round?.in, round?.out]);
    expect(parts).toEqual([
      [4, 1],
      [3, 1],
    ]);
    expect(rounds['1']?.operations['reasoning']).toMatchObject({ in: 1, out: 1 });
    expect(operations['deepening']).toMatchObject({ in: 6, out: 1 });
  });

  it('counts seeds apart, with those that were skipped by reason', () => {
    const { seeds, total } = totalsOf(
      { status: 'seed', round: 0, ifd: 0.5, ic_ifd: 0.25 },
      { status: 'skipped', round: 0, reason: 'multi_turn' },
    );
    expect(seeds).toEqual({ in: 2, skipped: { multi_turn: 1 }, scored: 1, meanIfd: 0.5, meanIcIfd: 0.25 });
    expect(total.in).toBe(0);
  });

  it('takes means over what survived and has the value', () => {
    const { generators } = totalsOf(
      { ifd: 0.5, ic_ifd: 0.2, response: 'yes' },
      { ifd: 0.7, ic_ifd: 0.4, response: 'no' },
      { ifd: 0.9, ic_ifd: 0.9, status: 'outdone', response: 'best not' },
      { ifd: null, ic_ifd: null, response_reason: 'refusal' },
      { generator: 'large', ifd: null, ic_ifd: null },
    );
    expect(generators['small']).toMatchObject({
      responses: 2,
      unanswered: { refusal: 1 },
      scored: 2,
      meanIfd: 0.6,
      meanIcIfd: expect.closeTo(0.3, 12),
    });
    expect(generators['large']).toMatchObject({ scored: 0, meanIfd: null, meanIcIfd: null });
  });
});
