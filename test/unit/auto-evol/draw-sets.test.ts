import { describe, expect, it } from 'vitest';
import { batchOf, drawSets } from '../../../src/auto-evol/draw-sets.js';
import type { Variant } from '../../../src/ask/variant.js';
import { rowsOf } from './method-world.js';

const sizes = { development: 5, batch: 3, steps: 4, seed: 0 };

const instructions = (rows: readonly Variant[]): string[] => rows.map(({ instruction }) => instruction);

describe('drawSets', () => {
  it('draws two sets that share no row, the development set first of its size', async () => {
    const { training, development } = await drawSets(rowsOf(200), sizes);
    expect(development).toHaveLength(5);
    expect(training).toHaveLength(12);
    expect(new Set(instructions([...training, ...development])).size).toBe(17);
  });

  it('draws the same rows whatever their order, and others with another seed', async () => {
    const forward = await drawSets(rowsOf(200), sizes);
    const backward = await drawSets(rowsOf(200).toReversed(), sizes);
    const other = await drawSets(rowsOf(200), { ...sizes, seed: 1 });
    expect(backward).toEqual(forward);
    expect(instructions(other.development)).not.toEqual(instructions(forward.development));
  });

  it('never puts copies of one text into both sets', async () => {
    const rows = rowsOf(12);
    const copies = rows.map((row) => ({ ...row, id: `copy of ${row.id}`, seed: `copy of ${row.seed}` }));
    const { training, development } = await drawSets([...rows, ...copies], sizes);
    expect(instructions([...training, ...development]).toSorted()).toEqual(instructions(rows).toSorted());
    expect([...training, ...development].every(({ id }) => !id.startsWith('copy'))).toBe(true);
  });

  it('tells rows with the same instruction and another input apart, and leaves out rows without an instruction', async () => {
    const [row] = rowsOf(1);
    const same = Array.from({ length: 8 }, (_, input) => ({ ...row!, id: String(input), input: String(input) }));
    const empty = rowsOf(5).map((other) => ({ ...other, instruction: ' \n' }));
    const { training, development } = await drawSets([...empty, ...same], sizes);
    expect([...training, ...development].map(({ id }) => id).toSorted()).toEqual(same.map(({ id }) => id));
  });

  it('says how many rows it needs and how many there are', async () => {
    await expect(drawSets(rowsOf(7), sizes)).rejects.toMatchObject({
      code: 'bad_argument',
      message:
        'Optimising a method needs 8 different rows (5 to try methods on and a batch of 3), and the data has 7: ' +
        'give more data, or a smaller development set or batch',
    });
  });
});

describe('batchOf', () => {
  it('goes on through the training rows, and begins again where they run out', () => {
    const training = rowsOf(7);
    expect(batchOf(training, 3, 1).map(({ id }) => id)).toEqual(['0', '1', '2']);
    expect(batchOf(training, 3, 2).map(({ id }) => id)).toEqual(['3', '4', '5']);
    expect(batchOf(training, 3, 3).map(({ id }) => id)).toEqual(['6', '0', '1']);
  });
});
