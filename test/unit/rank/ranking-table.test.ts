import { expect, it } from 'vitest';
import { rankingTable } from '../../../src/cli/ranking-table.js';
import type { RankedPreview } from '../../../src/rank/preview.js';

const row = (rank: number, fields: Partial<RankedPreview> = {}): RankedPreview => ({
  rank,
  value: 0.5,
  index: 10 * rank,
  id: null,
  turn: null,
  ifd: 0.7146956,
  icIfd: 0.5,
  instruction: 'do it',
  ...fields,
});

it('shows top and bottom in columns, and how many are between', () => {
  const table = rankingTable(
    { by: 'ic_ifd', kept: 100, top: [row(1, { value: 12.25 })], bottom: [row(100, { ifd: null })] },
    80,
  );
  expect(table).toBe(
    [
      'rank     ic_ifd        ifd   row  instruction',
      '   1   12.25000  0.7146956    10  do it',
      '   …  98 more',
      ' 100  0.5000000             1000  do it',
      '',
    ].join('\n'),
  );
});

it('cuts instructions to the width, on one line, between characters', () => {
  const table = rankingTable(
    { by: 'ifd', kept: 1, top: [row(1, { instruction: `a\n b${'😀'.repeat(99)}` })], bottom: [] },
    60,
  );
  const [, line = ''] = table.split('\n');
  expect(line).toContain('a b😀');
  expect(line).toMatch(/😀…$/u);
  expect([...line].length).toBe(60);
});

it('names the turn where turns are ranked one by one', () => {
  const table = rankingTable({ by: 'ifd', kept: 2, top: [row(1, { turn: 3 }), row(2)], bottom: [] }, 80);
  expect(table.split('\n')[0]).toBe('rank        ifd  row  turn  instruction');
});
