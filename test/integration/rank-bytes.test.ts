import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { rank } from '../../src/rank/rank.js';
import {
  jsonLines,
  newFolder,
  query,
  runOver,
  scored,
  textLines,
  unscored,
  withoutScores,
  writeRun,
} from './rank-fixture.js';

/** What the command of that name makes of its input. */
const zstd = (flags: string[], input: string | Buffer): Buffer => execFileSync('zstd', flags, { input });

/** Rows that any reader which retypes would spoil. */
const ODD_ROWS = [
  '{"instruction":"a","output":"b","big":9007199254740993,"huge":123456789012345678901234567890}',
  '{ "output" : "b\\u0041\\/",   "instruction":"a", "when":"2020-01-02", "n": 1.10, "e": 1E5, "z": -0.0 }',
  '{"instruction":"späte Schlüssel 😀","output":"c","late":{"b":1,"a":[1.0,2.50]},"2":1,"1":2}',
  '{"instruction":"\\ud800 alone","output":"d","nan":NaN,"inf":[-Infinity]}',
  '{"instruction":"x","output":"y \\"quoted\\\\\\" , } {","evosiftx":1}',
];
const lines = ODD_ROWS.map((_, index) => scored(index, { icIfd: ODD_ROWS.length - index, lossQ: 0.1 + index }));

/** The row's own part of an output line: all but the object that was added. */
const ownPart = (line: string): string => line.replace(/,"evosift":\{[^{}]*\}(?=\s*\}$)/, '');

describe('JSON lines', () => {
  it('keep every byte of a row, and gain one object', async () => {
    const { run, folder } = await runOver('data.jsonl', `${ODD_ROWS.join('\n')}\n`, lines);
    const out = join(folder, 'out.jsonl');
    await rank({ run, out });
    expect(textLines(out).map(ownPart)).toEqual(ODD_ROWS);
    expect(textLines(out)[0]).toBe(
      `${ODD_ROWS[0]!.slice(0, -1)},"evosift":{"index":0,"id":null,"status":"scored","reason":null,"loss_q":0.1,` +
        '"loss_a_given_q":1,"loss_a":1,"ifd":1,"ic_ifd":5,"tokens_q":10,"tokens_a":10,"tokens_a_alone":10,' +
        '"tokens_instruction":10,"truncated":false,"hash":"hash-0","rank":1}}',
    );
  });

  it('are the same from a compressed file, from inside an object, with CRLF, a byte order mark and blank lines', async () => {
    const outputs: string[] = [];
    for (const [name, text] of [
      ['data.jsonl', `${ODD_ROWS.join('\n')}\n`],
      ['data.jsonl.gz', gzipSync(`${ODD_ROWS.join('\n')}\n`)],
      ['data.jsonl.zst', zstd(['-c'], `${ODD_ROWS.join('\n')}\n`)],
      ['data.jsonl', `\ufeff${ODD_ROWS.join('\r\n\r\n')}`],
      ['data.json', `{"n":1,"rows":[\n${ODD_ROWS.join(',\n')}],"info":{}}`],
    ] as const) {
      const { run, folder } = await runOver(name, text, lines);
      const out = join(folder, 'out.jsonl');
      await rank({ run, out, top: 3 });
      outputs.push(readFileSync(out, 'utf8'));
    }
    expect(new Set(outputs)).toEqual(new Set([outputs[0]]));
  });

  it('are written compressed where the name says so, the same once decompressed, in every text format', async () => {
    const { run, folder } = await runOver('data.jsonl', `${ODD_ROWS.join('\n')}\n`, lines);
    for (const format of ['jsonl', 'json', 'csv']) {
      const [plain, gz, zst] = ['', '.gz', '.zst'].map((ending) => join(folder, `out.${format}${ending}`)) as string[];
      await rank({ run, out: plain!, rest: zst!, top: 5 });
      await rank({ run, out: gz!, top: 5 });
      await rank({ run, out: zst!, top: 5 });
      expect(gunzipSync(readFileSync(gz!)).equals(readFileSync(plain!)), gz).toBe(true);
      expect(zstd(['-dc'], readFileSync(zst!)).equals(readFileSync(plain!)), zst).toBe(true);
    }
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
    await expect(rank({ run, out: join(folder, 'out.parquet.zst') })).rejects.toThrow('Parquet is compressed inside');
    await expect(rank({ run, out: join(folder, 'out.jsonl.gz'), datasetInfo: true })).rejects.toThrow(
      'LLaMA-Factory reads no compressed file',
    );
  });

  it('keep a row that the run found too long', async () => {
    const [short, long] = ['{"instruction":"a","output":"b"}', `{"instruction":"c","output":"${'d'.repeat(50)}"}`];
    const folder = newFolder();
    const data = join(folder, 'data.jsonl');
    writeFileSync(data, `${long}\n${short}\n`);
    const scores = [unscored(0), scored(1, {})];
    const run = await writeRun(folder, [data], scores, { open: { max_row_bytes: 40 } });
    const [out, rest] = [join(folder, 'out.jsonl'), join(folder, 'rest.jsonl')];
    await rank({ run, out, rest });
    expect(textLines(out).map(ownPart)).toEqual([short]);
    expect(textLines(rest).map(ownPart)).toEqual([long]);
    expect(jsonLines(rest)).toMatchObject([{ evosift: { index: 0, left_out: 'unscored' } }]);
  });

  it('spell the values of a table by columns as it does', async () => {
    const table =
      '{"instruction": ["a", "b"], "output": ["\\u0041\\/", "ü"], "n": [1.10,\n [9007199254740993,\n 1E5]]}';
    const { run, folder } = await runOver('data.json', table, [scored(0, { icIfd: 2 }), scored(1, { icIfd: 1 })]);
    const out = join(folder, 'out.jsonl');
    await rank({ run, out });
    expect(textLines(out).map(ownPart)).toEqual([
      '{"instruction":"a","output":"\\u0041\\/","n":1.10}',
      '{"instruction":"b","output":"ü","n":[9007199254740993, 1E5]}',
    ]);
  });

  it('come from the array that the run was told of', async () => {
    const text = '{"train":[{"instruction":"a","output":"b"}],"test":[{"instruction":"c","output":"d"}]}';
    const folder = newFolder();
    const data = join(folder, 'data.json');
    writeFileSync(data, text);
    const run = await writeRun(folder, [data], [scored(0, {})], { open: { field: 'test' } });
    const out = join(folder, 'out.jsonl');
    await rank({ run, out });
    expect(textLines(out).map(ownPart)).toEqual(['{"instruction":"c","output":"d"}']);
  });

  it('lose an earlier ranking: their own output can be scored and ranked again', async () => {
    const rows = [
      '{"evosift":{"rank":9,"deep":{"x":"}"}},"instruction":"a","output":"b"}',
      '{"instruction":"a", "evosift" : 1, "output":"b"}',
      '{"instruction":"a","output":"b" , "\\u0065vosift":[1,{}] }',
      '{"evosift":null}',
    ];
    const { run, folder } = await runOver(
      'data.jsonl',
      `${rows.join('\n')}\n`,
      rows.map((_, index) => scored(index, { icIfd: -index })),
    );
    const out = join(folder, 'out.jsonl');
    await rank({ run, out });
    const own = textLines(out).map((line) => line.replace(/,?"evosift":\{"index.*\}(?=\s*\}$)/, ''));
    expect(own).toEqual([
      '{"instruction":"a","output":"b"}',
      '{"instruction":"a", "output":"b"}',
      '{"instruction":"a","output":"b" }',
      '{}',
    ]);
    expect(jsonLines(out).map((row) => row.evosift['rank'])).toEqual([1, 2, 3, 4]);
  });

  it('tell in the rest what a row that is none looks like', async () => {
    const text = '{"instruction":"a","output":"b"}\n[1, "x"]\n{"instruction": \n';
    const { run, folder } = await runOver('data.jsonl', text, [
      scored(0),
      unscored(1, { reason: 'malformed_row', hash: null }),
      unscored(2, { reason: 'malformed_row', hash: null }),
    ]);
    const rest = join(folder, 'rest.jsonl');
    await rank({ run, rest });
    expect(jsonLines(rest).map(({ evosift }) => [evosift['reason'], evosift['source_text']])).toEqual([
      ['malformed_row', '[1, "x"]'],
      ['malformed_row', '{"instruction":'],
    ]);
    const csv = join(folder, 'rest.csv');
    await rank({ run, rest: csv });
    expect(textLines(csv)[1]).toMatch(/^,,1,.*,unscored,"\[1, ""x""\]"$/);
  });
});

describe('a JSON array', () => {
  const pretty = JSON.stringify(
    [
      { instruction: 'a\nb', list: [1, [2]], output: 'x' },
      { instruction: 'c', output: 'y' },
    ],
    null,
    2,
  );
  const two = [scored(0, { icIfd: 1 }), scored(1, { icIfd: 2 })];

  it('becomes an array of the same texts, or one line each', async () => {
    const { run, folder } = await runOver('data.json', pretty, two);
    const [array, jsonl] = [join(folder, 'out.json'), join(folder, 'out.jsonl')];
    await rank({ run, out: array });
    await rank({ run, out: jsonl });
    const objects = JSON.parse(readFileSync(array, 'utf8')) as Record<string, unknown>[];
    expect(objects.map(withoutScores)).toEqual((JSON.parse(pretty) as unknown[]).toReversed());
    expect(readFileSync(array, 'utf8')).toContain('"instruction": "a\\nb",\n    "list": [\n      1,');
    expect(jsonLines(jsonl)).toEqual(objects);
    expect(textLines(jsonl)[1]).toMatch(/^\{"instruction": "a\\nb", "list": \[1, \[2\]\], "output": "x","evosift":/);
  });

  it('may be empty in the end', async () => {
    const { run, folder } = await runOver('data.json', pretty, two);
    for (const format of ['json', 'jsonl', 'csv', 'parquet']) {
      const out = join(folder, `out.${format}`);
      expect(await rank({ run, out, where: 'false' })).toMatchObject({ left: 0, kept: 0 });
      if (format === 'json') expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual([]);
      if (format === 'jsonl') expect(readFileSync(out, 'utf8')).toBe('');
      if (format === 'csv') expect(textLines(out)).toHaveLength(1);
      if (format === 'parquet') expect(await query(`SELECT count(*) FROM '${out}'`)).toEqual([['0']]);
    }
  });
});

describe('CSV', () => {
  const HEADER = '"instruction",output,code';
  const RECORDS = ['"say ""hi"", then\r\nstop",x,007', 'b,"",1.10', '  c ,"q",2020-01-01', 'd,9007199254740993,'];
  const scores = RECORDS.map((_, index) => scored(index, { icIfd: index, id: `n,${index}` }));

  it('keeps every byte of a record, and gains columns', async () => {
    const { run, folder } = await runOver('data.csv', `${[HEADER, ...RECORDS].join('\r\n')}\r\n`, scores);
    const out = join(folder, 'out.csv');
    await rank({ run, out });
    const text = readFileSync(out, 'utf8');
    const header = text.slice(0, text.indexOf('\n'));
    expect(header).toBe(
      `${HEADER},evosift_index,evosift_id,evosift_status,evosift_reason,evosift_loss_q,evosift_loss_a_given_q,` +
        'evosift_loss_a,evosift_ifd,evosift_ic_ifd,evosift_tokens_q,evosift_tokens_a,evosift_tokens_a_alone,' +
        'evosift_tokens_instruction,evosift_truncated,evosift_hash,evosift_rank',
    );
    const expected = RECORDS.map(
      (record, index) =>
        `${record},${index},"n,${index}",scored,,1,1,1,1,${index},10,10,10,10,false,hash-${index},${4 - index}\n`,
    );
    expect(text.slice(header.length + 1)).toBe(expected.toReversed().join(''));
  });

  it('loses the columns of an earlier ranking, and keeps its own delimiter', async () => {
    const text = 'instruction;evosift_rank;"out;put"\n"a;1";9;"b"\nc;8;d\n';
    const { run, folder } = await runOver('data.csv', text, [scored(0, { icIfd: 2 }), scored(1)], {
      identity: { columns: { instruction: 'instruction', output: 'out;put' } },
    });
    const out = join(folder, 'out.csv');
    await rank({ run, out });
    const [header, ...records] = textLines(out);
    expect(header).toMatch(/^instruction;"out;put";evosift_index;/);
    expect(records.map((record) => record.split(';').slice(0, 4).join(';'))).toEqual(['"a;1";"b";0', 'c;d;1;']);
  });

  it('of several files with other columns is brought under one header', async () => {
    const folder = newFolder();
    const paths = [join(folder, 'a.csv'), join(folder, 'b.csv')];
    writeFileSync(paths[0]!, 'instruction,output\n"a",b\n');
    writeFileSync(paths[1]!, 'output,extra,instruction\n"d",e,c\n');
    const run = await writeRun(folder, paths, [scored(0, { icIfd: 2 }), scored(1)]);
    const out = join(folder, 'out.csv');
    await rank({ run, out });
    expect(textLines(out).map((line) => line.split(',').slice(0, 4).join(','))).toEqual([
      'instruction,output,extra,evosift_index',
      '"a",b,,0',
      'c,"d",e,1',
    ]);
  });

  it('becomes JSON of strings', async () => {
    const { run, folder } = await runOver('data.csv', `${[HEADER, ...RECORDS].join('\n')}\n`, scores);
    const out = join(folder, 'out.jsonl');
    await rank({ run, out, ascending: true });
    expect(jsonLines(out).map(withoutScores)).toEqual([
      { instruction: 'say "hi", then\r\nstop', output: 'x', code: '007' },
      { instruction: 'b', output: '', code: '1.10' },
      { instruction: '  c ', output: 'q', code: '2020-01-01' },
      { instruction: 'd', output: '9007199254740993', code: '' },
    ]);
  });

  it('is made of JSON rows: strings bare, other values as they are spelled', async () => {
    const { run, folder } = await runOver('data.jsonl', `${ODD_ROWS.join('\n')}\n`, lines);
    const out = join(folder, 'out.csv');
    await rank({ run, out });
    const read = await query(
      `SELECT big, huge, "when", n, e, late, nan, instruction FROM read_csv('${out}', all_varchar = true, header = true, quote = '"', escape = '"')`,
    );
    expect(read[0]!.slice(0, 2)).toEqual(['9007199254740993', '123456789012345678901234567890']);
    expect(read[1]!.slice(2, 5)).toEqual(['2020-01-02', '1.10', '1E5']);
    expect(read[2]![5]).toBe('{"b":1,"a":[1.0,2.50]}');
    expect(read[3]![6]).toBe('NaN');
    expect(read[4]![0]).toBeNull();
  });
});

describe('Parquet', () => {
  const TYPES: readonly (readonly [name: string, value: string])[] = [
    ['flag', 'true'],
    ['tiny', '(-5)::TINYINT'],
    ['unsigned', '18446744073709551615::UBIGINT'],
    ['large', '9007199254740993::BIGINT'],
    ['single', '0.1::FLOAT'],
    ['double', '0.1::DOUBLE + 0.2'],
    ['nan', "'nan'::DOUBLE"],
    ['money', '1234567890123456789012345678.0123456789::DECIMAL(38,10)'],
    ['bytes', "'a\\xFF\\x00'::BLOB"],
    ['day', "DATE '0001-01-01'"],
    ['at', "TIMESTAMP '2020-01-01 00:00:00.123456'"],
    ['nanos', "'2020-01-01 00:00:00.123456789'::TIMESTAMP_NS"],
    ['zoned', "TIMESTAMPTZ '2020-01-01 00:00:00+02'"],
    ['uuid', "UUID '00000000-0000-0000-0000-00000000000a'"],
    ['tags', "['2020-01-01', 'é\"', NULL]"],
    ['messages', "[{'role': 'user', 'content': 'x', 'cost': 1.5::DECIMAL(4,2)}]"],
    ['counts', "MAP {'k': 1.5::DOUBLE}"],
    ['evosift_rank', '1'],
  ];

  async function parquetRun(): Promise<{ run: string; folder: string; data: string }> {
    const folder = newFolder();
    const data = join(folder, 'data [1].parquet');
    const columns = TYPES.map(([name, value]) => `${value} AS "${name}"`).join(', ');
    const nulls = TYPES.map(([name]) => `NULL AS "${name}"`).join(', ');
    await query(
      `COPY (SELECT 'first' AS instruction, 'x' AS output, ${columns}
         UNION ALL SELECT 'second', 'y', ${nulls}) TO '${data}' (FORMAT parquet)`,
    );
    const run = await writeRun(folder, [data], [scored(0, { icIfd: 1, id: 7 }), scored(1, { icIfd: 2 })]);
    return { run, folder, data };
  }

  it('stays Parquet of the same types and values', async () => {
    const { run, folder, data } = await parquetRun();
    const out = join(folder, 'out.parquet');
    await rank({ run, out });
    const own = ['instruction', 'output', ...TYPES.slice(0, -1).map(([name]) => `"${name}"`)].join(', ');
    const glob = data.replace('[', '[[]');
    expect(await query(`DESCRIBE SELECT ${own} FROM '${out}'`)).toEqual(
      await query(`DESCRIBE SELECT ${own} FROM read_parquet('${glob}')`),
    );
    expect(await query(`SELECT ${own} FROM '${out}'`)).toEqual(
      (await query(`SELECT ${own} FROM read_parquet('${glob}')`)).toReversed(),
    );
    expect(
      await query(`SELECT evosift_rank, evosift_index, evosift_id, evosift_ic_ifd, evosift_truncated FROM '${out}'`),
    ).toEqual([
      [1, 1, null, 2, false],
      [2, 0, '7', 1, false],
    ]);
  });

  it('offers its columns to conditions with their own types', async () => {
    const { run, folder } = await parquetRun();
    const out = join(folder, 'out.jsonl');
    await rank({ run, out, where: `year("at") = 2020 AND money > 1e27 AND list_contains(tags, '2020-01-01')` });
    expect(jsonLines(out)).toMatchObject([{ instruction: 'first', day: '0001-01-01', nan: null }]);
    expect(textLines(out)[0]).toContain('"unsigned":18446744073709551615,"large":9007199254740993,');
    expect(textLines(out)[0]).toContain('"money":"1234567890123456789012345678.0123456789",');
    expect(await rank({ run, by: 'large' })).toMatchObject({ kept: 1, leftOut: { no_value: 1 } });
  });

  it('is made of JSON rows, in types that hold every value', async () => {
    const rows = [
      '{"i":1,"wide":9007199254740993,"over":18446744073709551615,"beyond":18446744073709551616,"mixed":1,"f":1,"b":true,"day":"2020-01-01","m":[{"role":"user","content":"2020-01-01"}],"odd":[12345678901234567890123]}',
      '{"i":-2,"mixed":"x","f":0.5,"late":{"a":1.5},"s":"\\ud800\\u0041","m":[],"big":1e400}',
    ];
    const { run, folder } = await runOver('data.jsonl', `${rows.join('\n')}\n`, [scored(0, { icIfd: 2 }), scored(1)]);
    const out = join(folder, 'out.parquet');
    await rank({ run, out });
    const described = await query(`SELECT column_name, column_type FROM (DESCRIBE FROM '${out}')`);
    expect(Object.fromEntries(described)).toMatchObject({
      i: 'BIGINT',
      wide: 'BIGINT',
      over: 'UBIGINT',
      beyond: 'DECIMAL(38,0)',
      mixed: 'VARCHAR',
      f: 'DOUBLE',
      b: 'BOOLEAN',
      day: 'VARCHAR',
      m: 'STRUCT("role" VARCHAR, "content" VARCHAR)[]',
      odd: 'VARCHAR',
      late: 'STRUCT(a DOUBLE)',
      s: 'VARCHAR',
      evosift_ic_ifd: 'DOUBLE',
      evosift_reason: 'VARCHAR',
      evosift_rank: 'INTEGER',
    });
    expect(await query(`SELECT i, wide, over, beyond, mixed, f, day, m, odd, late, s FROM '${out}'`)).toEqual([
      [
        '1',
        '9007199254740993',
        '18446744073709551615',
        '18446744073709551616',
        '1',
        1,
        '2020-01-01',
        [{ role: 'user', content: '2020-01-01' }],
        '[12345678901234567890123]',
        null,
        null,
      ],
      ['-2', null, null, null, 'x', 0.5, null, [], null, { a: 1.5 }, '\ufffdA'],
    ]);
  });

  it('is made of CSV as text, a column without a name included', async () => {
    const { run, folder } = await runOver('data.csv', ',instruction,output\n007,a,1.10\n', [scored(0)]);
    const out = join(folder, 'out.parquet');
    await rank({ run, out });
    expect(await query(`SELECT unnamed, instruction, output FROM '${out}'`)).toEqual([['007', 'a', '1.10']]);
  });

  it('beside JSON lines is ranked with them', async () => {
    const folder = newFolder();
    const [parquet, jsonl] = [join(folder, 'a.parquet'), join(folder, 'b.jsonl')];
    await query(`COPY (SELECT 'p' AS instruction, 'x' AS output, 5 AS n) TO '${parquet}' (FORMAT parquet)`);
    writeFileSync(jsonl, '{"instruction":"j","output":"x","n":7}\n');
    const run = await writeRun(folder, [parquet, jsonl], [scored(0), scored(1)]);
    const out = join(folder, 'out.jsonl');
    await rank({ run, out, by: 'n' });
    expect(jsonLines(out).map(({ instruction, n }) => [instruction, n])).toEqual([
      ['j', 7],
      ['p', 5],
    ]);
  });
});

describe('dataset-info', () => {
  it('describes the output beside it, and leaves other entries alone', async () => {
    const text = '{"instruction":"a","response":"b","system":"s"}\n';
    const { run, folder } = await runOver('data.jsonl', text, [scored(0)], {
      identity: { columns: { instruction: 'instruction', input: 'input', output: 'response', system: 'system' } },
    });
    const info = join(folder, 'dataset_info.json');
    writeFileSync(info, '{"other": {"file_name": "o.json"}}');
    const summary = await rank({ run, out: join(folder, 'best.json'), datasetInfo: true });
    expect(summary.datasetInfo).toBe(info);
    expect(JSON.parse(readFileSync(info, 'utf8'))).toEqual({
      other: { file_name: 'o.json' },
      best: { file_name: 'best.json', columns: { prompt: 'instruction', response: 'response', system: 'system' } },
    });
  });

  it('names the roles of conversations', async () => {
    const text = '{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}\n';
    const { run, folder } = await runOver('data.jsonl', text, [scored(0)], {
      identity: { format: 'sharegpt', columns: { messages: 'conversations' } },
    });
    const summary = await rank({ run, out: join(folder, 'best.jsonl'), datasetInfo: true, preview: 1 });
    expect(summary.top[0]!.instruction).toBe('a');
    expect(JSON.parse(readFileSync(join(folder, 'dataset_info.json'), 'utf8'))).toEqual({
      best: {
        file_name: 'best.jsonl',
        formatting: 'sharegpt',
        columns: { messages: 'conversations' },
        tags: { role_tag: 'from', content_tag: 'value', user_tag: 'human', assistant_tag: 'gpt' },
      },
    });
  });

  it('refuses to touch a file that it does not understand', async () => {
    const { run, folder } = await runOver('data.jsonl', '{"instruction":"a","output":"b"}\n', [scored(0)]);
    writeFileSync(join(folder, 'dataset_info.json'), '[]');
    await expect(rank({ run, out: join(folder, 'o.jsonl'), datasetInfo: true })).rejects.toThrow('is no JSON object');
  });
});
