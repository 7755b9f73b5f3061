import { describe, expect, it } from 'vitest';
import { operationsOf } from '../../../src/operations/operations.js';
import { randomSchedule, rotatingSchedule } from '../../../src/evolve/schedule.js';

const inDepth = operationsOf('off');

const namesOf = (schedule: ReturnType<typeof rotatingSchedule>, round: number, rows: number): string[] =>
  Array.from({ length: rows }, (_, index) => schedule.operationFor(index, round, 0).name);

describe('the rotating schedule', () => {
  it('takes operation (index + round) mod 4', () => {
    const schedule = rotatingSchedule(inDepth);
    expect(namesOf(schedule, 1, 5)).toEqual(['deepening', 'concretising', 'reasoning', 'constraints', 'deepening']);
    expect(namesOf(schedule, 2, 5)).toEqual(['concretising', 'reasoning', 'constraints', 'deepening', 'concretising']);
  });

  it('takes operation (index + round) mod 5 where breadth takes part', () => {
    for (const mode of ['replace', 'add'] as const) {
      expect(namesOf(rotatingSchedule(operationsOf(mode)), 1, 5)).toEqual([
        'deepening',
        'concretising',
        'reasoning',
        'breadth',
        'constraints',
      ]);
    }
  });

  it('takes the next operation after an elimination', () => {
    const schedule = rotatingSchedule(inDepth);
    const tried = [0, 1, 2, 3, 4].map((attempt) => schedule.operationFor(3, 1, attempt).name);
    expect(tried).toEqual(['constraints', 'deepening', 'concretising', 'reasoning', 'constraints']);
  });
});

describe('the random schedule', () => {
  it('depends on seed, row and round, not on what was asked before', () => {
    const [one, other] = [randomSchedule(inDepth, 7), randomSchedule(inDepth, 7)];
    namesOf(other, 3, 100);
    expect(namesOf(other, 1, 50)).toEqual(namesOf(one, 1, 50));
    expect(namesOf(one, 1, 50)).not.toEqual(namesOf(one, 2, 50));
    expect(namesOf(one, 1, 50)).not.toEqual(namesOf(randomSchedule(inDepth, 8), 1, 50));
  });

  it('draws all operations about as often', () => {
    const names = namesOf(randomSchedule(operationsOf('replace'), 1), 1, 5000);
    for (const { name } of operationsOf('replace')) {
      const count = names.filter((drawn) => drawn === name).length;
      // Five standard deviations of a fair draw of 5,000 among five.
      expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(5000 * 0.2 * 0.8));
    }
  });
});
