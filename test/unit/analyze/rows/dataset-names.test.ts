import { describe, expect, it } from 'vitest';
import { datasetNames } from '../../../../src/analyze/rows/dataset-names.js';

describe('datasetNames', () => {
  it.each([
    [
      ['/x/a.jsonl', '/x/b.jsonl.gz'],
      ['a', 'b'],
    ],
    [
      ['/d1/train.jsonl', '/d2/train.jsonl', '/d2/test.jsonl'],
      ['d1/train', 'd2/train', 'test'],
    ],
    [
      ['/one/data/train.jsonl', '/two/data/train.jsonl'],
      ['one/data/train', 'two/data/train'],
    ],
    [
      ['/x/a.json', '/x/a.jsonl'],
      ['/x/a.json', '/x/a.jsonl'],
    ],
  ])('of %j are %j', (paths, names) => {
    expect(datasetNames(paths)).toEqual(names);
  });
});
