import { describe, expect, it } from 'vitest';
import { csvFields } from '../../../src/rows/readers/csv.js';
import { csvField, csvFieldRanges, csvText } from '../../../src/rank/csv-record.js';

const fields = (record: string, delimiter = ','): string[] => {
  const bytes = Buffer.from(record);
  return csvFieldRanges(bytes, delimiter).map(([start, end]) => bytes.toString('utf8', start, end));
};

describe('csvFieldRanges', () => {
  it.each([
    ['', ['']],
    ['a,b', ['a', 'b']],
    ['"a,1",,', ['"a,1"', '', '']],
    ['"say ""x"",",b', ['"say ""x"","', 'b']],
    ['a"b,"c"d,e', ['a"b', '"c"d', 'e']],
    ['"ü\r\n",ß', ['"ü\r\n"', 'ß']],
  ])('%j', (record, expected) => {
    expect(fields(record)).toEqual(expected);
    // The reader sees as many fields.
    expect(csvFields(record, ',')).toHaveLength(expected.length);
  });

  it('splits at other delimiters', () => {
    expect(fields('a,b\t"c\td"', '\t')).toEqual(['a,b', '"c\td"']);
  });
});

describe('csvField', () => {
  it('quotes what has to be quoted, so that it is read back', () => {
    for (const value of ['', 'a', 'a,b', 'a"b', '"', 'a\nb', ' a', 'a\r', 'é😀', ';']) {
      expect(csvFields(`${csvField(value, ',')},x`, ',')).toEqual([value, 'x']);
    }
    expect(csvField('plain text', ',')).toBe('plain text');
    expect(csvField('a;b', ';')).toBe('"a;b"');
  });
});

describe('csvText', () => {
  it.each([
    ['null', ''],
    ['"a\\nb"', 'a\nb'],
    ['1.10', '1.10'],
    ['{"a": 1}', '{"a": 1}'],
    ['true', 'true'],
  ])('of %s is %j', (json, expected) => {
    expect(csvText(json)).toBe(expected);
  });
});
