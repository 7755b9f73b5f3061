import { expect, it } from 'vitest';
import type { SeedRow, SeedSource } from '../../../src/ask/seeds.js';
import { PairedRows } from '../../../src/judge/pairs/pair-up.js';

const row = (id: string): SeedRow =>
  ({ key: { id }, seed: { ok: true, variant: { instruction: id, input: '' }, ignored: [] } }) as unknown as SeedRow;

it('who wants no more pairs closes both sets', async () => {
  let open = 0;
  const rows = {
    async *[Symbol.asyncIterator]() {
      open++;
      try {
        for (const id of ['a', 'b', 'c']) yield row(id);
      } finally {
        open--;
      }
    },
  } as unknown as SeedSource;
  for await (const { other } of await PairedRows.open(rows, rows, 'id')) {
    expect(other?.key.id).toBe('a');
    expect(open).toBe(2);
    break;
  }
  expect(open).toBe(0);
});
