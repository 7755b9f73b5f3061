import { describe, expect, it } from 'vitest';
import { datasetFileName, datasetSource, parseDatasetName } from '../../../src/rows/datasets/dataset-name.js';

const COMMIT = 'c0ffee'.padEnd(40, '0');

describe("a dataset's name", () => {
  it.each([
    ['hf://datasets/o/n', 'main', ''],
    ['hf://datasets/o/n/', 'main', ''],
    ['hf://datasets/o/n/data/a b.jsonl', 'main', 'data/a b.jsonl'],
    ['hf://datasets/o/n/a@b.jsonl', 'main', 'a@b.jsonl'],
    ['hf://datasets/o/n@v1.0', 'v1.0', ''],
    ['hf://datasets/o/n@v1.0/data/*.csv', 'v1.0', 'data/*.csv'],
    [`hf://datasets/o/n@${COMMIT}/x.csv`, COMMIT, 'x.csv'],
    ['hf://datasets/o/n@refs%2Fconvert%2Fparquet/default/train', 'refs/convert/parquet', 'default/train'],
    ['hf://datasets/o/n@refs/convert/parquet', 'refs/convert/parquet', ''],
    ['hf://datasets/o/n@refs/convert/parquet/default', 'refs/convert/parquet', 'default'],
    ['hf://datasets/o/n@refs/pr/12/x.csv', 'refs/pr/12', 'x.csv'],
    ['hf://datasets/o/n@branch/x.csv', 'branch', 'x.csv'],
  ])('%s', (source, revision, path) => {
    expect(parseDatasetName(source)).toEqual({ id: 'o/n', revision, path });
  });

  it.each([
    'hf://datasets/o',
    'hf://datasets/o@v1/n',
    'hf://o/n',
    'hf://datasets/o/n@',
    'hf://datasets/o/n@%zz',
    'hf://datasets/o/n/../x',
    'hf://datasets/o/n/a//b',
    'hf://datasets/o--p/n',
  ])('%s is refused by name', (source) => {
    expect(() => parseDatasetName(source)).toThrow(
      expect.objectContaining({ code: 'bad_argument', message: expect.stringContaining(source) }),
    );
  });

  it('may be bare where it can be nothing else, and is whole again with the commit', () => {
    expect(datasetSource('o/n@v1/x.csv')).toBe('hf://datasets/o/n@v1/x.csv');
    expect(datasetSource('hf://datasets/o/n')).toBe('hf://datasets/o/n');
    expect(parseDatasetName(datasetFileName('o/n', COMMIT, 'a/b@c.csv'))).toEqual({
      id: 'o/n',
      revision: COMMIT,
      path: 'a/b@c.csv',
    });
  });
});
