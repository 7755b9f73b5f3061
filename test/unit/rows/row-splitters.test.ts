import { parse as csvParse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { csvFields, CsvSplitter } from '../../../src/rows/readers/csv.js';
import { JsonArraySplitter } from '../../../src/rows/readers/json-array.js';
import { JsonLinesSplitter } from '../../../src/files/json-lines.js';
import { parseJson } from '../../../src/rows/readers/json-text.js';
import type { RowSlice, RowSplitter } from '../../../src/files/row-splitter.js';

interface Cut {
  readonly text: string;
  readonly length: number;
  readonly offset: number;
  readonly line: number;
}

/** Feeds `bytes` in chunks of `size` through one buffer that is written over, as a file reader does. */
function cut(splitter: RowSplitter, bytes: Buffer, size: number): Cut[] {
  const cuts: Cut[] = [];
  const keep = (rows: RowSlice[]): void => {
    cuts.push(
      ...rows.map((row) => ({ text: row.bytes.toString(), length: row.length, offset: row.offset, line: row.line })),
    );
  };
  const buffer = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(buffer, 0, at, at + size);
    const rows: RowSlice[] = [];
    splitter.push(buffer.subarray(0, length), rows);
    keep(rows);
  }
  const rows: RowSlice[] = [];
  splitter.end(rows);
  keep(rows);
  return cuts;
}

/** A small generator with a seed (mulberry32), so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const lineOf = (text: string, offset: number): number =>
  Buffer.from(text).subarray(0, offset).toString().split('\n').length;

describe('rows are cut alike whatever the chunks', () => {
  const pick = random(1);
  const word = (): string =>
    Array.from({ length: pick(8) }, () => ['a', 'é', '"', '\\', '\n', '{', ']', ',', '😀'][pick(9)]).join('');
  const values = Array.from({ length: 60 }, () => ({ [word()]: [word(), { b: word() }], n: pick(1000) }));

  it.each([1, 2, 3, 7, 64, 100_000])('JSON, chunks of %i bytes', (size) => {
    const array = ` [${values.map((value, i) => JSON.stringify(value, null, i % 3)).join(' ,\n')}\n]`;
    const elements = cut(
      new JsonArraySplitter('x.json', { offset: 0, line: 1, isInside: false }),
      Buffer.from(array),
      size,
    );
    expect(elements.map((row) => JSON.parse(row.text) as unknown)).toEqual(values);
    const lines = values.map((value) => JSON.stringify(value)).join('\r\n\n');
    const cuts = cut(new JsonLinesSplitter(0), Buffer.from(lines), size);
    expect(cuts.map((row) => JSON.parse(row.text) as unknown)).toEqual(values);
    for (const [text, rows] of [
      [array, elements],
      [lines, cuts],
    ] as const) {
      for (const row of rows) {
        expect(Buffer.from(text).subarray(row.offset).toString().startsWith(row.text)).toBe(true);
        expect(row.line).toBe(lineOf(text, row.offset));
      }
    }
  });

  it('CSV is read as csv-parse reads it', () => {
    for (let seed = 0; seed < 300; seed++) {
      const draw = random(seed);
      const end = draw(2) === 0 ? '\n' : '\r\n';
      const plain = (): string => Array.from({ length: draw(5) }, () => ['a', 'é', ' ', ';', '😀'][draw(5)]).join('');
      const quoted = (): string =>
        `"${Array.from({ length: draw(6) }, () => ['b', '""', ',', '\n', '\r\n', 'ß'][draw(6)]).join('')}"`;
      const rows = Array.from({ length: 8 }, () => [0, 1, 2].map(() => (draw(2) === 0 ? plain() : quoted())).join(','));
      const text = rows.join(end) + (draw(2) === 0 ? end : '');
      const expected = csvParse(text, { record_delimiter: end });
      const cuts = cut(new CsvSplitter('x.csv', 0, ','), Buffer.from(text), 1 + draw(40));
      expect(cuts.map((row) => csvFields(row.text, ','))).toEqual(expected);
      expect(cuts.map((row) => row.text)).toEqual(rows);
      for (const row of cuts) expect(row.line).toBe(lineOf(text, row.offset));
    }
  });
});

describe('a row that is longer than what is kept', () => {
  const long = 'x'.repeat(100);
  const rows = ['{"a":1}', `{"a":"${long}"}`, '{"a":2}'];

  it.each([1, 3, 50, 64, 1000])('is passed over, and the others keep their places, chunks of %i bytes', (size) => {
    const records = ['a,b', `"${long}\n",1`, '2,3'];
    const span = { offset: 0, line: 1, isInside: false };
    for (const [splitter, text, whole] of [
      [new JsonLinesSplitter(0, 99), rows.join('\r\n'), rows],
      [new JsonArraySplitter('x.json', span, 99), `[${rows.join(' ,\n')}]`, rows],
      [new CsvSplitter('x.csv', 0, ',', 99), records.join('\n'), records],
    ] as const) {
      const cuts = cut(splitter, Buffer.from(text), size);
      expect(cuts.map((row) => row.text)).toEqual([whole[0], '', whole[2]]);
      for (const [number, row] of cuts.entries()) {
        expect(Buffer.from(text).subarray(row.offset).toString().startsWith(whole[number]!)).toBe(true);
        expect(row.line).toBe(lineOf(text, row.offset));
        expect(row.length - whole[number]!.length).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe('JSON text', () => {
  it.each([
    '{"a":1}',
    '[1.5e3,-0.1,true,null]',
    '{"a":"NaN 12345678901234567890 \\" Infinity"}',
    '"\\u0000"',
    '12345678901234567'.slice(0, 15),
  ])('that is plain reads as JSON.parse reads it: %s', (text) => expect(parseJson(text)).toEqual(JSON.parse(text)));

  it('keeps what Python writes', () => {
    expect(parseJson('[NaN,-Infinity,Infinity,-12345678901234567890,1234567890123456.5,1e400]')).toEqual([
      null,
      -Infinity,
      Infinity,
      -12345678901234567890n,
      1234567890123456.5,
      Infinity,
    ]);
    expect(parseJson('{"integer:":12345678901234567890}')).toEqual({ 'integer:': 12345678901234567890n });
  });

  it.each(['{"a":NaNa}', '[Infinit]', '-NaN', '{NaN:1}', '[12345678901234567890', 'nan', '01234567890123456789'])(
    'that is wrong is refused: %s',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );
});
