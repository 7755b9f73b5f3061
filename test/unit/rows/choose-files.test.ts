import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseFiles, type ChosenFiles, type FileChoice } from '../../../src/rows/datasets/choose-files.js';
import { parseDatasetName } from '../../../src/rows/datasets/dataset-name.js';

/** What the `datasets` library makes of files: see test/fixtures/README.md. */
const CASES: { names: string[]; data_files?: unknown; splits: Record<string, string[]> }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/rows/dataset-splits.json'), 'utf8'),
);

interface Given extends FileChoice {
  readonly names: readonly string[];
  readonly card?: string;
  /** After `hf://datasets/o/n`. */
  readonly at?: string;
}

const choose = ({ names, card = '', at = '', ...choice }: Given): Promise<ChosenFiles> => {
  const label = `hf://datasets/o/n${at}`;
  return chooseFiles({ label, named: parseDatasetName(label), names: [...names].sort(), card }, choice);
};

const cardOf = (configs: unknown): string => `---\nlicense: mit\nconfigs: ${JSON.stringify(configs)}\n---\n# About\n`;

const TWO = cardOf([
  { config_name: 'en', data_files: 'en/*' },
  { config_name: 'de', data_files: [{ split: 'rest', path: ['de/x.jsonl'] }] },
]);
const BOTH = ['en/a.jsonl', 'en/b.jsonl', 'de/x.jsonl', 'de/y.jsonl', 'README.md'];

describe('the files of a dataset', () => {
  it.each(CASES)('are those of the `datasets` library: $names $data_files', async ({ names, data_files, splits }) => {
    const card = data_files === undefined ? '' : cardOf([{ config_name: 'any', data_files }]);
    for (const [split, files] of Object.entries(splits)) {
      expect((await choose({ names, card, split })).files).toEqual(files);
    }
  });

  it.each<[string, Given, readonly string[]]>([
    ['a named config', { names: BOTH, card: TWO, config: 'en' }, ['en/a.jsonl', 'en/b.jsonl']],
    ['the only split of a config', { names: BOTH, card: TWO, config: 'de' }, ['de/x.jsonl']],
    [
      'the default config',
      {
        names: BOTH,
        card: cardOf([
          { config_name: 'a', data_files: 'en/*' },
          { config_name: 'b', default: true, data_files: 'de/*' },
        ]),
      },
      ['de/x.jsonl', 'de/y.jsonl'],
    ],
    [
      'a config of a folder',
      {
        names: ['x/train.csv', 'x/test.csv', 'y/train.csv'],
        card: cardOf([{ config_name: 'x', data_dir: 'x' }]),
        split: 'test',
      },
      ['x/test.csv'],
    ],
    ['a split by another of its names', { names: ['train.csv', 'validation.csv'], split: 'dev' }, ['validation.csv']],
    ['train, where nobody says', { names: ['test.csv', 'train.csv'] }, ['train.csv']],
    ['the only split', { names: ['test.csv', 'README.md'] }, ['test.csv']],
    [
      'no metadata, hidden or special files',
      { names: ['dataset_infos.json', 'config.json', '.x/a.json', '__x__/a.json', 'rows.json'] },
      ['rows.json'],
    ],
    ['a file', { names: ['train.csv', 'x/rows.csv'], at: '/x/rows.csv' }, ['x/rows.csv']],
    ['a folder', { names: ['train.csv', 'x/b/1.csv', 'x/2.csv', 'x/y.md'], at: '@v1/x' }, ['x/2.csv', 'x/b/1.csv']],
    ['a split of a folder', { names: ['x/test.csv', 'x/train.csv'], at: '/x', split: 'test' }, ['x/test.csv']],
    ['a glob', { names: ['a1.csv', 'a2.csv', 'b1.csv', 'x/a3.csv'], at: '/{a,c}*.csv' }, ['a1.csv', 'a2.csv']],
    [
      'a glob of folders',
      { names: ['a1.csv', 'x/a3.csv', 'x/y/a4.csv'], at: '/**/a*.csv' },
      ['a1.csv', 'x/a3.csv', 'x/y/a4.csv'],
    ],
    ['a file with the marks of a glob', { names: ['a[1].csv', 'a1.csv'], at: '/a[1].csv' }, ['a[1].csv']],
    [
      'a config of the copy in Parquet',
      {
        names: ['en/train/0000.parquet', 'en/test/0000.parquet', 'de/train/0000.parquet'],
        at: '@refs/convert/parquet',
        config: 'de',
      },
      ['de/train/0000.parquet'],
    ],
  ])('%s', async (_, given, files) => {
    expect((await choose(given)).files).toEqual(files);
  });

  it('are of one format, and the others are told', async () => {
    expect(await choose({ names: ['a.jsonl', 'b.jsonl', 'a.csv'] })).toEqual({
      files: ['a.jsonl', 'b.jsonl'],
      notice: expect.stringMatching(/of its 3 files only those of one format.*: a\.csv$/),
    });
    expect((await choose({ names: ['a.jsonl', 'a.parquet'] })).files).toEqual(['a.parquet']);
    expect((await choose({ names: ['a.jsonl', 'b.json'] })).notice).toBeNull();
  });

  it.each<[string, Given, string, RegExp]>([
    [
      'no choice of config',
      { names: BOTH, card: TWO },
      'bad_argument',
      /several configs; name one by `config`: en, de$/,
    ],
    [
      'a config that is not there',
      { names: BOTH, card: TWO, config: 'fr' },
      'bad_argument',
      /no config "fr"; `config` is one of en, de$/,
    ],
    ['a config of none', { names: ['a.csv'], config: 'fr' }, 'bad_argument', /has no configs.*drop `config`/],
    ['a config beside a path', { names: ['a.csv'], at: '/a.csv', config: 'x' }, 'bad_argument', /no config to choose/],
    [
      'no choice of split',
      { names: ['a/validation.csv', 'test.csv'] },
      'bad_argument',
      /no train; name one by `split`: validation, test$/,
    ],
    [
      'a split that is not there',
      { names: BOTH, card: TWO, config: 'de', split: 'train' },
      'bad_argument',
      /config de has no split "train"; `split` is one of rest$/,
    ],
    [
      'a path that is not there',
      { names: ['a.csv'], at: '/b.csv' },
      'bad_data',
      /\/b\.csv: the dataset has no such file or folder; it has a\.csv$/,
    ],
    ['a folder without data', { names: ['x/a.py'], at: '/x' }, 'bad_data', /holds no data file .*only \.py\./],
    [
      'a script',
      { names: ['n.py', 'README.md'] },
      'bad_data',
      /built by a script \(n\.py\), which is not run\.\n.*hf:\/\/datasets\/o\/n@refs\/convert\/parquet$/,
    ],
    ['no data', { names: ['a.arrow', 'LICENSE'] }, 'bad_data', /holds no data file .*only LICENSE, \.arrow\./],
    [
      'a card of files that are not there',
      { names: ['a.csv'], card: cardOf([{ config_name: 'a', data_files: 'b/*' }]) },
      'bad_data',
      /README\.md names b\/\*, of which nothing is there/,
    ],
    [
      'a card of files that are not read',
      { names: ['a.csv', 'b/x.zip'], card: cardOf([{ config_name: 'a', data_files: 'b/*' }]) },
      'bad_data',
      /holds no data file .*only \.zip\./,
    ],
    [
      'a card that is no YAML',
      { names: ['a.csv'], card: '---\na: [\n---\n' },
      'bad_data',
      /README\.md of hf:\/\/datasets\/o\/n has YAML that can't be read/,
    ],
    ['a card of no list', { names: ['a.csv'], card: cardOf(3) }, 'bad_data', /`configs` that are no list/],
    [
      'a nameless config',
      { names: ['a.csv'], card: cardOf([{ data_files: 'a.csv' }]) },
      'bad_data',
      /without a `config_name`/,
    ],
    [
      'files of no kind',
      { names: ['a.csv'], card: cardOf([{ config_name: 'a', data_files: [{ path: 'a.csv' }] }]) },
      'bad_data',
      /`data_files` that are no path/,
    ],
    [
      'a split twice',
      {
        names: ['a.csv'],
        card: cardOf([
          {
            config_name: 'a',
            data_files: [
              { split: 'x', path: 'a' },
              { split: 'x', path: 'b' },
            ],
          },
        ]),
      },
      'bad_data',
      /lists the split x twice/,
    ],
  ])('%s is an error that says what to do', async (_, given, code, message) => {
    await expect(choose(given)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
