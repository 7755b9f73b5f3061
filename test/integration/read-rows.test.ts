import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint } from '../../src/rows/fingerprint.js';
import { openRows } from '../../src/rows/open-rows.js';
import { spool } from '../../src/files/spool.js';
import type { RowRange, SourceRow } from '../../src/rows/source-row.js';
import { fixture } from '../support/fixtures.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evosift-rows-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function read(sources: string | string[], range?: RowRange): Promise<SourceRow[]> {
  const source = await openRows([sources].flat());
  return collect(source.rows(range));
}

async function collect(rows: AsyncIterable<SourceRow>): Promise<SourceRow[]> {
  const all: SourceRow[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** The rows' own text, cut out of the file by their byte ranges. */
function texts(path: string, rows: readonly SourceRow[]): string[] {
  const bytes = readFileSync(path);
  return rows.map(({ offset, length }) => bytes.subarray(offset!, offset! + length!).toString());
}

/** As the zstd of the command line compresses it. */
const zstdOf = (text: string): Buffer => execFileSync('zstd', ['-c'], { input: text, maxBuffer: 1e8 });

const records = (rows: readonly SourceRow[]): unknown[] => rows.map((row) => row.record);
const details = (rows: readonly SourceRow[]): unknown[] => rows.map((row) => row.problem?.detail ?? null);
const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => `${(error as { code: string }).code}: ${(error as Error).message}`,
  );

describe('JSON lines', () => {
  it('are read with line numbers and byte ranges, over blank lines, CRLF and a byte order mark', async () => {
    const path = write('lines.jsonl', '\ufeff{"a":"é"}\r\n\r\n  {"a":2}  \n\n{"a":3}');
    const rows = await read(path);
    expect(records(rows)).toEqual([{ a: 'é' }, { a: 2 }, { a: 3 }]);
    expect(rows.map((row) => row.line)).toEqual([1, 3, 5]);
    expect(rows.map((row) => row.index)).toEqual([0, 1, 2]);
    expect(texts(path, rows)).toEqual(['{"a":"é"}', '{"a":2}', '{"a":3}']);
  });

  it('that are wrong become problem rows that name file, line and mistake; the rest is read', async () => {
    const path = write(
      'wrong.jsonl',
      Buffer.concat([
        Buffer.from('{"a":1}\n{"a": tru}\n[1]\n"text"\n{"a":"'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from('"}\n{"a"\n{"a":2}\n'),
      ]),
    );
    const rows = await read(path);
    expect(details(rows)).toEqual([
      null,
      `${path} line 2: not valid JSON (Unexpected token '}')`,
      `${path} line 3: the row is an array, not an object`,
      `${path} line 4: the row is a string, not an object`,
      `${path} line 5: not UTF-8 (byte 0xc3 at position 6 of the row)`,
      `${path} line 6: not valid JSON (Expected ':' after property name at position 4)`,
      null,
    ]);
    expect(rows.at(-1)?.record).toEqual({ a: 2 });
  });

  it('take the literals of Python and integers beyond 2^53', async () => {
    const path = write(
      'python.jsonl',
      '{"a":NaN,"b":[Infinity,-Infinity],"t":"NaN \\" -Infinity"}\n{"id":9007199254740993,"s":"9007199254740993","d":0.1234567890123456}\n',
    );
    expect(records(await read(path))).toEqual([
      { a: null, b: [Infinity, -Infinity], t: 'NaN " -Infinity' },
      { id: 9007199254740993n, s: '9007199254740993', d: 0.1234567890123456 },
    ]);
  });
});

describe('a JSON array', () => {
  const text = '\n[ {"a":"]}\\"","b":[{"c":"}"}]}\n,\n{"a":\n 2},"x",3 , {"a": tru}, {} ]\n';

  it('gives each element with its line and bytes', async () => {
    const path = write('array.json', text);
    const rows = await read(path);
    expect(texts(path, rows)).toEqual(['{"a":"]}\\"","b":[{"c":"}"}]}', '{"a":\n 2}', '"x"', '3', '{"a": tru}', '{}']);
    expect(rows.map((row) => row.line)).toEqual([2, 4, 5, 5, 5, 5]);
    expect(rows.map((row) => row.problem === null)).toEqual([true, true, false, false, false, true]);
  });

  it.each([
    [
      'cut inside a row',
      '[{"a":1},\n{"a":"x',
      'breaks off at line 2, byte 17, inside the row that begins at line 2, byte 10',
    ],
    ['cut between rows', '[{"a":1},\n', "breaks off at line 2, byte 10, before the array's closing ']'"],
    ['a comma missing', '[{"a":1}\n{"a":2}]', "line 2, byte 9: '{' stands where a ',' or the array's ']' should"],
    ['a comma too many', '[{"a":1},]', "line 1, byte 9: ']' stands where a row should"],
    ['text behind it', '[{"a":1}]\n{', "line 2, byte 10: '{' follows after the array's end"],
  ])('that is broken (%s) gives the rows before and then says where', async (_name, content, message) => {
    const path = write('broken.json', content);
    const rows: unknown[] = [];
    const reading = async (): Promise<void> => {
      for await (const row of await openRows([path])) rows.push(row.record);
    };
    expect(await failure(reading())).toContain(`bad_data: ${path} ${message}`);
    expect(rows[0]).toEqual({ a: 1 });
  });
});

describe('rows inside one JSON object', () => {
  const rows = [
    { instruction: 'a "q"', output: ']}' },
    { instruction: 'b', output: 'c' },
  ];
  const wrapped = { version: 1, about: { data: [{ no: 1 }] }, data: rows, end: ['x'] };

  it.each([
    ['on one line', JSON.stringify(wrapped)],
    ['on several', `\ufeff\n${JSON.stringify(wrapped, null, 2)}\n`],
    ['gzipped', gzipSync(JSON.stringify(wrapped))],
  ])('are those of its array of objects, with lines and byte ranges (%s)', async (_name, content) => {
    const path = write('wrapped.json', content);
    const found = await read(path);
    expect(records(found)).toEqual(rows);
    if (typeof content !== 'string') return;
    expect(texts(path, found).map((text) => JSON.parse(text) as unknown)).toEqual(rows);
    const before = found.map((row) => readFileSync(path).subarray(0, row.offset!).toString().split('\n').length);
    expect(found.map((row) => row.line)).toEqual(before);
  });

  it('are those of the member that is named, where there are several', async () => {
    const path = write('named.json', '{"train":[{"a":1}],"test":[{"a":2},{"a":3}]}');
    expect(records(await collect(await openRows([path], { field: 'test' })))).toEqual([{ a: 2 }, { a: 3 }]);
    expect(await failure(openRows([path], { field: 'dev' }))).toBe(
      `bad_argument: \`field\` dev: ${path} has no array of objects of that name; it has train, test`,
    );
    const lines = write('unnamed.jsonl', '{"a":1}\n{"a":2}\n');
    expect(await failure(openRows([lines], { field: 'a' }))).toContain('is no JSON object with such an array of rows');
    const line = write('line.jsonl', '{"data":[{"a":1}]}\n');
    expect(records(await read(line)), 'a file of lines').toEqual([{ data: [{ a: 1 }] }]);
    expect(records(await collect(await openRows([line], { field: 'data' })))).toEqual([{ a: 1 }]);
  });

  it.each([
    [
      'cut in a row',
      '{"data":[\n{"a":1},\n{"a":"x',
      'breaks off at line 3, byte 26, inside the row that begins at line 3',
    ],
    ['a comma missing', '{"data": [\n{"a":1}\n{"a":2}]}', "line 3, byte 19: '{' stands where a ','"],
  ])('that are broken (%s) are given up to there, and then it is said where', async (_name, content, message) => {
    const path = write('broken-inside.json', content);
    const found: unknown[] = [];
    const reading = async (): Promise<void> => {
      for await (const row of await openRows([path])) found.push(row.record);
    };
    expect(await failure(reading())).toContain(`bad_data: ${path} ${message}`);
    expect(found).toEqual([{ a: 1 }]);
  });
});

describe('a table in JSON', () => {
  const columns = ['instruction', 'output', 'n'];
  const values = [
    ['a', '{"x', 1],
    ['b', 'ü', null],
  ];
  const byColumn = <Value>(make: (column: number) => Value) =>
    Object.fromEntries(columns.map((name, column) => [name, make(column)]));
  const rows = values.map((row) => byColumn((column) => row[column]));

  it.each([
    ['columns', byColumn((column) => ({ 5: values[0]![column], 7: values[1]![column] }))],
    ['index', { r1: rows[0], r2: rows[1] }],
    ['split', { columns, index: [0, 1], data: values }],
    ['list', byColumn((column) => values.map((row) => row[column]))],
  ])('by %s is read as rows', async (orient, table) => {
    for (const text of [JSON.stringify(table), JSON.stringify(table, null, 2)]) {
      const path = write('table.json', text);
      const source = await openRows([path]);
      expect(source.files[0]).toMatchObject({ format: 'json-table', orient });
      expect(records(await collect(source))).toEqual(rows);
      expect(records(await collect(source.rows({ from: 1, to: 2 })))).toEqual([rows[1]]);
      expect(await (await openRows([path])).count()).toBe(2);
    }
  });

  it('of conversations by column is read as rows', async () => {
    const turns = [{ role: 'user', content: 'q' }];
    const path = write('chats.json', JSON.stringify({ messages: [turns, turns], id: [1, 2] }));
    expect(records(await read(path))).toEqual([1, 2].map((id) => ({ messages: turns, id })));
  });

  it.each([
    [
      'of other lengths',
      '{"instruction":["a","b"],"output":["c"]}',
      "column 'output' has 1 values and 'instruction' 2",
    ],
    ['of other keys', '{"instruction":{"0":"a"},"output":{"1":"b"}}', "column 'output' has the key '1'"],
    ['that end too early', '{"instruction": {"0":"a"},\n"output": {"0":"b"', 'not a table in JSON'],
    ['of a short row', '{"columns":["a","b"],"data":[[1]]}', 'row 0 has 1 values, and there are 2 columns'],
  ])('with columns %s is refused', async (_name, text, message) => {
    expect(await failure(read(write('odd.json', text)))).toContain(message);
  });

  it('keeps the value that is wrong to its own row', async () => {
    const path = write('wrong-value.json', '{"instruction":["a","b"],"output":["c",tru]}');
    expect(details(await read(path))).toEqual([
      null,
      `${path}, row 1 of the table: not valid JSON (Unexpected token '}')`,
    ]);
  });
});

describe('a row that is too long', () => {
  it.each([
    ['jsonl', (rows: string[]) => rows.join('\n')],
    ['jsonl.gz', (rows: string[]) => gzipSync(rows.join('\n'))],
    ['jsonl.zst', (rows: string[]) => zstdOf(rows.join('\n'))],
    ['json', (rows: string[]) => `{"n":1,"data":[${rows.join(',\n')}]}`],
    ['csv', () => `a\n1\n${'x'.repeat(400_000)}\n2\n`],
  ])('is named as such, and the rows after it are read as ever (%s)', async (ending, make) => {
    const path = write(`long.${ending}`, make(['{"a":"1"}', `{"a":"${'x'.repeat(400_000)}"}`, '{"a":"2"}']));
    const rows = await collect(await openRows([path], { maxRowBytes: 100_000 }));
    expect(records(rows)).toEqual([{ a: '1' }, null, { a: '2' }]);
    const length = ending === 'csv' ? 400_000 : 400_008;
    expect(rows[1]?.problem).toEqual({
      reason: 'too_long',
      detail: `${path} line ${rows[1]?.line}: the row has ${length} bytes; the limit \`maxRowBytes\` is 100000`,
    });
    const plain = await collect(await openRows([path], { maxRowBytes: 1_000_000 }));
    const places = (found: SourceRow[]) =>
      found.map(({ index, line, offset, length: bytes }) => [index, line, offset, bytes]);
    expect(places(rows)).toEqual(places(plain));
    expect(await (await openRows([path])).count()).toBe(3);
  });
});

describe('CSV', () => {
  it('keeps fields as text and says where each record stands', async () => {
    const path = write(
      'table.csv',
      '\ufeffid,text\r\n007,"a ""q"",\r\nsecond line"\r\n\r\n2,5" pipe\r\n3,x,extra\r\n4,\r\n5,2024-01-01',
    );
    const rows = await read(path);
    expect(records(rows)).toEqual([
      { id: '007', text: 'a "q",\r\nsecond line' },
      { id: '2', text: '5" pipe' },
      null,
      { id: '4', text: '' },
      { id: '5', text: '2024-01-01' },
    ]);
    expect(rows.map((row) => row.line)).toEqual([2, 5, 6, 7, 8]);
    expect(texts(path, rows).slice(0, 2)).toEqual(['007,"a ""q"",\r\nsecond line"', '2,5" pipe']);
    expect(rows[2]?.problem?.detail).toBe(`${path} line 6: the row has 3 fields, the header 2`);
  });

  it('is split by what its first line is split by', async () => {
    expect(records(await read(write('a.tsv', 'x\ty, z\n1\t2\n')))).toEqual([{ x: '1', 'y, z': '2' }]);
    expect(records(await read(write('b.csv', 'x;y\n1;2,5\n')))).toEqual([{ x: '1', y: '2,5' }]);
  });

  it('with a quote left open, or a column named twice, is an error', async () => {
    const open = write('open.csv', 'a,b\n1,2\n3,"4\n5,6\n');
    expect(await failure(read(open))).toContain(
      `bad_data: ${open} breaks off inside a quoted field, in the record that begins at line 3, byte 8`,
    );
    expect(await failure(read(write('twice.csv', 'a,a\n1,2\n')))).toContain("the header names column 'a' twice");
  });
});

describe('Parquet', () => {
  it('is read in file order, by range, with nested values and long integers', async () => {
    const path = join(folder, "it's [1].parquet");
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(
      `COPY (SELECT 9007199254740991 + range AS id, [{'role': 'user', 'content': 'q' || range}] AS messages
       FROM range(5000)) TO '${path.replace("'", "''")}' (ROW_GROUP_SIZE 2048)`,
    );
    const rows = await read(path, { from: 2, to: 4500 });
    expect(rows.map((row) => row.index)).toEqual(Array.from({ length: 4498 }, (_, i) => i + 2));
    expect(rows[0]).toMatchObject({ line: null, offset: null, record: { id: 9007199254740993n } });
    expect(rows.map((row) => row.record?.['messages'])).toEqual(
      Array.from({ length: 4498 }, (_, i) => [{ role: 'user', content: `q${i + 2}` }]),
    );
    expect((await read(path, { from: 0, to: 1 }))[0]?.record?.['id']).toBe(9007199254740991);
    const both = await openRows([path, write('after.jsonl', '{"a":1}\n')]);
    expect(await both.count()).toBe(5001);
    expect((await collect(both.rows({ from: 4999 }))).map((row) => [row.index, row.file])).toEqual([
      [4999, 0],
      [5000, 1],
    ]);
  });

  it('that is damaged is an error that names the file', async () => {
    const path = write('damaged.parquet', 'PAR1 and nothing of the kind PAR1');
    expect(await failure(read(path))).toContain(`bad_data: ${path} can't be read as Parquet: `);
  });
});

describe('zstd', () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `{"a":${Math.sin(i)}}\n`);

  it.each([
    ['one frame', () => zstdOf(lines.join(''))],
    ['many frames', () => Buffer.concat(lines.slice(0, 50).map((line) => zstdOf(line)))],
    [
      'a frame of something else first',
      () => Buffer.concat([Buffer.from('502a4d180200000000ff', 'hex'), zstdOf(lines[0]!)]),
    ],
  ])('is seen by content, and read: %s', async (_name, bytes) => {
    const path = write('packed.jsonl', bytes());
    const rows = await read(path);
    expect(records(rows)).toEqual(lines.slice(0, rows.length).map((line) => JSON.parse(line) as unknown));
    expect(rows.at(-1)).toMatchObject({ line: rows.length, offset: null, length: null });
  });

  it('names the format beside its own ending', async () => {
    expect(records(await read(write('packed.tsv.zst', zstdOf('x\ty, z\n1\t2\n'))))).toEqual([{ x: '1', 'y, z': '2' }]);
    expect(records(await read(write('packed.json.zst', zstdOf('[{"a":1}]'))))).toEqual([{ a: 1 }]);
  });

  it('that breaks off or is damaged is an error, wherever it does', async () => {
    const whole = Buffer.concat([zstdOf(lines.join('')), zstdOf(lines.join(''))]);
    const middle = zstdOf(lines.join('')).length;
    for (const length of [whole.length - 1, whole.length - 3000, middle + 1, middle + 7, middle - 1, 6]) {
      const path = write('cut.json.zst', whole.subarray(0, length));
      expect(await failure(read(path)), String(length)).toBe(
        `bad_data: ${path} breaks off in the middle of its zstd stream; fetch or compress it again`,
      );
    }
    const damaged = Buffer.from(whole);
    damaged[damaged.length >> 1]! ^= 0x55;
    for (const bytes of [damaged, Buffer.concat([zstdOf(lines.join('')), Buffer.from('what follows')])]) {
      const path = write('damaged.jsonl.zst', bytes);
      expect(await failure(read(path))).toBe(`bad_data: ${path} has a damaged zstd stream; fetch or compress it again`);
    }
  });
});

describe('gzip', () => {
  it('is seen by content, holds several members, and leaves rows without byte ranges', async () => {
    const path = write('zipped.jsonl', Buffer.concat([gzipSync('{"a":1}\n{"a"'), gzipSync(':2}\n')]));
    const rows = await read(path);
    expect(records(rows)).toEqual([{ a: 1 }, { a: 2 }]);
    expect(rows[1]).toMatchObject({ line: 2, offset: null, length: null });
  });

  it('that breaks off is an error', async () => {
    const whole = gzipSync(Array.from({ length: 1000 }, (_, i) => `{"a":${Math.sin(i)}}\n`).join(''));
    const path = write('cut.json.gz', whole.subarray(0, whole.length - 100));
    expect(await failure(read(path))).toBe(
      `bad_data: ${path} breaks off in the middle of its gzip stream; fetch or compress it again`,
    );
  });
});

describe('what is no data', () => {
  it.each([
    ['absent.jsonl', null, 'there is no such file or directory'],
    ['empty.jsonl', '', 'is empty'],
    ['blank.jsonl', ' \n\n', 'holds nothing but blanks'],
    ['none.json', '[]', 'no rows'],
    ['header.csv', 'a,b\n', 'no rows'],
    [
      'object.json',
      '{\n "a": 1,\n "b": [2]\n}',
      'is one JSON object over several lines, and nothing in it is an array',
    ],
    ['objects.json', '{\n "a": 1\n}\n{\n "a": 2\n}', 'holds objects over several lines'],
    ['splits.json', '{"train":[{"a":1}],"n":1,"test":[{"a":2}]}', 'several arrays of objects, train, test; say which'],
    ['wide.json', Buffer.from('\ufeff[{"a":1}]', 'utf16le'), 'is UTF-16; convert it with: iconv'],
    [
      'packed.jsonl.xz',
      Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
      'is compressed with xz; decompress it with: xz',
    ],
    ['packed.parquet.zst', zstdOf('PAR1 and so on'), 'is a compressed Parquet file; decompress it with: zstd -d'],
    ['false.parquet', '{"a":1}', 'is named as Parquet but is none'],
    ['prose.txt', 'just some text\n', 'is neither JSON, JSON lines, CSV nor Parquet'],
    ['under/data.arrow', 'ARROW1', 'python -c "from datasets import load_from_disk'],
  ])('%s is refused in words that help', async (name, content, message) => {
    const path = content === null ? join(folder, name) : write(name, content);
    const text = await failure(read(path));
    expect(text).toContain(path);
    expect(text).toContain(message);
    expect(text).toMatch(/^bad_data: /);
  });

  it('an unreadable file is refused', async () => {
    const file = write('part.jsonl', '{}');
    expect(await failure(read(join(file, 'below.jsonl')))).toContain('a part of the path is no directory');
    expect(await failure(read([file, file]))).toContain('is named twice');
    expect(await failure(read(join(folder, 'no*.match')))).toContain('no file matches');
    expect(await failure(read([]))).toContain('no data');
    const folderOfNothing = join(write('nothing/notes.md', ''), '..');
    expect(await failure(read(folderOfNothing))).toMatch(/^bad_data: \/[^:]* holds no data file: \.json/);
    execFileSync('mkfifo', [join(folder, 'pipe.jsonl')]);
    expect(await failure(read(join(folder, 'pipe.jsonl')))).toContain(
      "is no regular file, so it can be read only once; pipe it in and name '-'",
    );
    symlinkSync(join(folder, 'gone'), join(folderOfNothing, 'link.jsonl'));
    expect(await failure(read(folderOfNothing))).toContain('nothing/link.jsonl: there is no such file');
  });
});

const numbers = async (source: string, split?: string): Promise<[number, unknown][]> =>
  (await collect(await openRows([source], split === undefined ? {} : { split }))).map((row) => [
    row.index,
    row.record?.['n'],
  ]);

describe('directories and globs', () => {
  beforeAll(() => {
    for (const [name, rows] of [
      ['hub/data/train-00000-of-00002.jsonl', '{"n":1}\n'],
      ['hub/data/train-00001-of-00002.jsonl', '{"n":2}\n'],
      ['hub/data/test-00000-of-00001.jsonl', '{"n":3}\n'],
      ['hub/dataset_infos.json', '{}'],
      ['hub/README.md', '#'],
      ['hub/.cache/x.jsonl', '{"n":9}'],
    ] as const)
      write(name, rows);
    mkdirSync(join(folder, 'links'));
    symlinkSync(join(folder, 'hub/data/test-00000-of-00001.jsonl'), join(folder, 'links/b.jsonl'));
    symlinkSync(join(folder, 'links'), join(folder, 'links/circle'));
  });

  it('are read in name order, one split or all', async () => {
    expect(await numbers(join(folder, 'hub'))).toEqual([
      [0, 3],
      [1, 1],
      [2, 2],
    ]);
    expect(await numbers(join(folder, 'hub'), 'train')).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(await numbers(join(folder, 'hub/**/t{rain,est}-*1-of-*[!x].jsonl'))).toEqual([[0, 2]]);
    expect(await numbers(join(folder, 'links'))).toEqual([[0, 3]]);
  });

  it('match names that a shell would give a meaning to as they are, in name order', async () => {
    for (const [name, n] of [
      ['odd/a (1)/[b].jsonl', 1],
      ['odd/a (1)/!c+(d)|"e\\.jsonl', 2],
      ['odd/!a/@(b).jsonl', 3],
      ['odd/!a/.hidden.jsonl', 4],
      ['odd/b/c1.jsonl', 5],
      ['odd/b/c[1].jsonl', 6],
    ] as const)
      write(name, `{"n":${n}}\n`);
    const matched = async (pattern: string) => (await numbers(join(folder, 'odd', pattern))).map((row) => row[1]);
    expect(await matched('*/*.jsonl')).toEqual([3, 2, 1, 5, 6]);
    expect(await matched('a (1)/*')).toEqual([2, 1]);
    expect(await matched('*(1)/!c+(d)|"e\\*')).toEqual([2]);
    expect(await matched('!a/@(b)*')).toEqual([3]);
    expect(await matched('!a/.*')).toEqual([4]);
    expect(await matched('b/c[1].jsonl'), 'a file of that very name').toEqual([6]);
    expect(await matched('b/c[12].jsonl')).toEqual([5]);
    expect(await failure(numbers(join(folder, 'odd/c/*')))).toContain(`no file matches '${folder}/odd/c/*'`);
  });

  it('from the working directory and above it keep the way that they were given', async () => {
    const here = join(folder, 'odd/b');
    const script = `
      import { findFiles } from ${JSON.stringify(join(import.meta.dirname, '../../dist/rows/find-files.js'))};
      console.log(JSON.stringify(await findFiles(['./*1.jsonl', '../*/@*', '../*/c?1?.*'])));`;
    const found = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: here,
      encoding: 'utf8',
    });
    expect(JSON.parse(found)).toEqual(['c1.jsonl', '../!a/@(b).jsonl', '../b/c[1].jsonl']);
  });

  it('say which splits there are, and which numbered file is missing', async () => {
    expect(await failure(numbers(join(folder, 'hub'), 'dev'))).toContain(
      "holds no file of the split 'dev'; its files are data/test-00000-of-00001.jsonl",
    );
    write('torn/train-00000-of-00003.jsonl', '{}');
    write('torn/train-00002-of-00003.jsonl', '{}');
    expect(await failure(numbers(join(folder, 'torn')))).toContain(
      'train-00001-of-00003.jsonl is missing: of the 3 files there are 2',
    );
  });

  it('saved by datasets are refused with the line that converts them', async () => {
    write('saved/data-00000-of-00001.arrow', 'ARROW1');
    write('saved/state.json', '{}');
    expect(await failure(numbers(join(folder, 'saved')))).toContain(`load_from_disk('${folder}/saved').to_json(`);
    write('saved2/train/data-00000-of-00001.arrow', 'ARROW1');
    write('saved2/dataset_dict.json', '{"splits":["train"]}');
    expect(await failure(numbers(join(folder, 'saved2')))).toContain(`load_from_disk('${folder}/saved2').items()]`);
  });
});

it('standard input is spooled whole', async () => {
  const path = join(folder, 'spooled.data');
  const stream = new PassThrough();
  stream.end('[{"a":1},{"a":2}]');
  await spool(stream, path);
  expect(records(await read(path))).toEqual([{ a: 1 }, { a: 2 }]);
});

it('a spool file that breaks off is not left under its name', async () => {
  const path = join(folder, 'broken-spool.data');
  const stream = new PassThrough();
  const spooling = spool(stream, path);
  stream.write('[{"a":1},');
  stream.destroy(new Error('the pipe broke'));
  await expect(spooling).rejects.toThrow('the pipe broke');
  expect([path, `${path}.partial`].filter((name) => existsSync(name))).toEqual([]);
});

it('a range gives the same rows as reading everything, in every format', async () => {
  const rows = Array.from({ length: 3000 }, (_, i) => ({ n: String(i), text: `é${'x'.repeat(i % 700)}\n"` }));
  const lines = rows.map((row) => JSON.stringify(row));
  const csv = ['n,text', ...rows.map((row) => `${row.n},"${row.text.replaceAll('"', '""')}"`)].join('\n');
  const files = [
    write('range.jsonl', lines.join('\n')),
    write('range.json', JSON.stringify(rows, null, 1)),
    write('range.csv', csv),
    write('range.json.gz', gzipSync(JSON.stringify(rows))),
  ];
  const all = await openRows(files);
  expect(records(await collect(all))).toEqual([...rows, ...rows, ...rows, ...rows]);
  for (const [from, to] of [
    [0, 1],
    [2999, 3001],
    [5990, 6010],
    [11_999, 12_000],
    [12_000, 13_000],
    [100, 100],
  ] as const) {
    const fresh = await openRows(files);
    const part = await collect(fresh.rows({ from, to }));
    expect(part.map((row) => row.index)).toEqual(
      Array.from({ length: Math.max(0, Math.min(to, 12_000) - from) }, (_, i) => from + i),
    );
    expect(records(part)).toEqual(part.map((row) => rows[row.index % 3000]));
    expect(await fresh.count()).toBe(12_000);
    expect(await collect(fresh.rows({ from, to }))).toEqual(part);
  }
});

describe('real data', () => {
  it('has the fingerprint that sha256sum gives', async () => {
    const path = fixture('rows/gsm8k-test.jsonl');
    const [sha256] = execFileSync('sha256sum', [path], { encoding: 'utf8' }).split(' ');
    expect(await fingerprint((await openRows([path])).files)).toEqual([{ bytes: statSync(path).size, sha256 }]);
  });

  it('byte ranges cover every row of a file exactly', async () => {
    const path = fixture('rows/alpaca-cherry-3111.jsonl');
    const rows = await read(path);
    expect(rows).toHaveLength(3111);
    expect(
      texts(path, rows)
        .map((text) => `${text}\n`)
        .join(''),
    ).toBe(readFileSync(path, 'utf8'));
  });
});

it('memory does not grow with the file, plain or gzip', () => {
  const row = `${JSON.stringify({ instruction: 'x'.repeat(500), output: 'y'.repeat(500) })}\n`;
  const path = write('big.jsonl', row.repeat(100_000));
  expect(statSync(path).size).toBeGreaterThan(100e6);
  const zipped = write('big.jsonl.gz', execFileSync('gzip', ['-1', '-c', path], { maxBuffer: 1e9 }));
  const array = write('big.json', `[${`${row.trim()},`.repeat(49_999)}${row.trim()}]`);
  for (const file of [path, zipped, array]) {
    const script = `
      import { openRows } from ${JSON.stringify(join(import.meta.dirname, '../../dist/rows/open-rows.js'))};
      let rows = 0;
      for await (const row of await openRows([${JSON.stringify(file)}])) rows += row.record === null ? 0 : 1;
      console.log(JSON.stringify({ rows, peak: process.resourceUsage().maxRSS }));`;
    const { rows, peak } = JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
    ) as { rows: number; peak: number };
    expect(rows).toBe(file === array ? 50_000 : 100_000);
    expect(peak / 1024).toBeLessThan(130);
  }
});
