import { describe, expect, it } from 'vitest';
import { chooseForSft, choosePairs, type JudgedResponse } from '../../../src/autoif/rows/choose-rows.js';

const judged = (text: string, accuracy: number, grade: number | null = null): JudgedResponse => ({
  text,
  accuracy,
  grade,
});

const textsOf = (responses: readonly JudgedResponse[]): string[] => responses.map(({ text }) => text);

describe('The response to train on is', () => {
  it.each([
    ['the most accurate', [judged('a', 0.6, 10), judged('b', 0.8, 9)], ['b']],
    ['among equals the best graded', [judged('a', 1, 9), judged('b', 1, 9.5), judged('c', 1)], ['b']],
    ['among equals the first', [judged('a', 1, 9), judged('b', 1, 9)], ['a']],
    ['none where there is none', [], []],
  ])('%s', (_, responses, chosen) => {
    expect(textsOf(chooseForSft(responses))).toEqual(chosen);
  });

  it('several, where they are asked for, and no text twice', () => {
    const responses = [judged('a', 0.6), judged('b', 1), judged('b', 1), judged('c', 0.8)];
    expect(textsOf(chooseForSft(responses, 2))).toEqual(['b', 'c']);
    expect(textsOf(chooseForSft(responses, 9))).toEqual(['b', 'c', 'a']);
  });
});

describe('Pairs of a preference', () => {
  const pairsOf = (responses: readonly JudgedResponse[], most?: number): string[] =>
    choosePairs(responses, most).map(({ chosen, rejected }) => `${chosen.text}>${rejected.text}`);

  it('set what at least half of the functions accept against what none does, the best first', () => {
    const responses = [judged('a', 0.5), judged('x', 0), judged('b', 1), judged('m', 0.4), judged('y', 0)];
    expect(pairsOf(responses)).toEqual(['b>x', 'b>y', 'a>x', 'a>y']);
  });

  it('are at most two times two', () => {
    const responses = [1, 1, 1, 0, 0, 0].map((accuracy, place) => judged(String(place), accuracy));
    expect(pairsOf(responses)).toEqual(['0>3', '0>4', '1>3', '1>4']);
    expect(pairsOf(responses, 1)).toEqual(['0>3']);
  });

  it.each([
    ['without one to choose', [judged('a', 0.49), judged('x', 0)]],
    ['without one to reject', [judged('a', 1), judged('x', 0.1)]],
    ['of equal texts', [judged('a', 1), judged('a', 0)]],
  ])('are none %s', (_, responses) => {
    expect(pairsOf(responses)).toEqual([]);
  });

  it('hold a text once', () => {
    expect(pairsOf([judged('a', 1), judged('a', 1), judged('x', 0), judged('x', 0)])).toEqual(['a>x']);
  });
});
