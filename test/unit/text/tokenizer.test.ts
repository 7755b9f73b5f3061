import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadTokenizer, type Tokenizer } from '../../../src/text/tokenizer.js';
import { kitDirectory, POCKET, readTextFixture } from '../../support/text-fixtures.js';

interface EncodeFixture {
  readonly facts: readonly { tokenizer: string; bos: number | null; eos: number | null; size: number }[];
  readonly cases: readonly {
    tokenizer: string;
    text: string;
    ids: number[];
    plain_ids: number[];
    plain_offsets: number[];
    truncated: [number, number[]][];
  }[];
}

const fixture = readTextFixture<EncodeFixture>('encode.json');

describe.each(fixture.facts)('the tokenizer $tokenizer agrees with HF', (facts) => {
  const cases = fixture.cases.filter(({ tokenizer }) => tokenizer === facts.tokenizer);
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer(kitDirectory(facts.tokenizer));
  });

  test('on its size and its special tokens', () => {
    expect({ bos: tokenizer.bosId, eos: tokenizer.eosId, size: tokenizer.vocabSize }).toEqual({
      bos: facts.bos,
      eos: facts.eos,
      size: facts.size,
    });
  });

  test('on ids, with and without special tokens', async () => {
    for (const { text, ids, plain_ids } of cases) {
      expect([...(await tokenizer.encode(text))], JSON.stringify(text)).toEqual(ids);
      expect([...(await tokenizer.encode(text, { addSpecialTokens: false }))], JSON.stringify(text)).toEqual(plain_ids);
      expect(await tokenizer.count(text), JSON.stringify(text)).toBe(ids.length);
    }
  });

  test('on offsets, in code points', async () => {
    for (const { text, plain_offsets } of cases) {
      const { offsets } = await tokenizer.encodeWithOffsets(text, { addSpecialTokens: false });
      expect([...offsets], JSON.stringify(text)).toEqual(plain_offsets);
    }
  });

  test('on truncation, which keeps special tokens', async () => {
    for (const { text, truncated } of cases) {
      const ids = await tokenizer.encode(text);
      for (const [limit, expected] of truncated) {
        expect([...tokenizer.truncate(ids, limit)], `${JSON.stringify(text)} to ${limit}`).toEqual(expected);
      }
    }
  });
});

test('texts asked for at once get their own ids', async () => {
  const tokenizer = await loadTokenizer(POCKET);
  const { cases } = fixture;
  const mine = cases.filter((one) => one.tokenizer === 'pocket');
  const encoded = await Promise.all(mine.map(({ text }) => tokenizer.encode(text)));
  expect(encoded.map((ids) => [...ids])).toEqual(mine.map(({ ids }) => ids));
});

test('a lone surrogate is encoded as the replacement character', async () => {
  const tokenizer = await loadTokenizer(POCKET);
  expect(await tokenizer.encode('a\ud800b')).toEqual(await tokenizer.encode('a\ufffdb'));
});

describe('the hash', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evosift-tokenizer-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('changes with each file that the ids depend on', async () => {
    const definition = readFileSync(join(POCKET, 'tokenizer.json'), 'utf8');
    const hashes = new Set<string>();
    for (const [file, text] of [
      ['tokenizer.json', definition],
      ['tokenizer_config.json', '{}'],
      ['tokenizer_config.json', '{"bos_token":"<|im_start|>"}'],
      ['chat_template.jinja', ''],
      ['config.json', '{}'],
    ] as const) {
      writeFileSync(join(folder, file), text);
      hashes.add((await loadTokenizer(folder)).hash);
    }
    expect(hashes.size).toBe(4);
  });
});

describe('what cannot be loaded is named', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'evosift-tokenizer-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const refusal = async (files: Readonly<Record<string, string>>): Promise<unknown> => {
    rmSync(folder, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), 'evosift-tokenizer-'));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    return loadTokenizer(folder).then(
      () => 'loaded',
      (error: unknown) => error,
    );
  };
  const good = readFileSync(join(POCKET, 'tokenizer.json'), 'utf8');

  test.each([
    ['no tokenizer', {}, /has no tokenizer\.json; a model needs/],
    [
      'SentencePiece alone',
      { 'tokenizer.model': 'x' },
      /only tokenizer\.model \(a SentencePiece model\)[^]*save_pretrained/,
    ],
    ['the two-file form', { 'vocab.json': '{}', 'merges.txt': '' }, /only vocab\.json/],
    ['a torn file', { 'tokenizer.json': good.slice(0, 1000) }, /tokenizer\.json is no tokenizer/],
    ['an unknown model type', { 'tokenizer.json': '{"model":{"type":"Magic"}}' }, /tokenizer\.json is no tokenizer/],
    [
      'a torn configuration',
      { 'tokenizer.json': good, 'tokenizer_config.json': '{' },
      /tokenizer_config\.json is not JSON/,
    ],
    [
      'a list for a configuration',
      { 'tokenizer.json': good, 'tokenizer_config.json': '[]' },
      /must hold a JSON object/,
    ],
    [
      'templates without a default',
      {
        'tokenizer.json': good,
        'tokenizer_config.json': '{"chat_template":[{"name":"a","template":""},{"name":"b","template":""}]}',
      },
      /names a, b, but none is "default"/,
    ],
    [
      'a template that is a number',
      { 'tokenizer.json': good, 'tokenizer_config.json': '{"chat_template":3}' },
      /must be a/,
    ],
  ] as const)('%s', async (_, files, message) => {
    expect(await refusal(files)).toMatchObject({
      name: 'EvosiftError',
      code: 'unsupported_tokenizer',
      message: expect.stringMatching(message),
    });
  });

  test('a chat template that is missing or no Jinja, once it is asked for', async () => {
    await refusal({ 'tokenizer.json': good });
    const without = await loadTokenizer(folder);
    expect(() => without.chatTemplate).toThrow(/has no chat template/);
    await refusal({ 'tokenizer.json': good, 'chat_template.jinja': '{% for %}' });
    const broken = await loadTokenizer(folder);
    expect(() => broken.chatTemplate).toThrow(/cannot be parsed/);
  });
});

test('bos and eos come from config.json where the tokenizer names neither, as in GPT-2', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evosift-tokenizer-'));
  writeFileSync(join(folder, 'tokenizer.json'), readFileSync(join(POCKET, 'tokenizer.json')));
  writeFileSync(join(folder, 'config.json'), '{"bos_token_id":1,"eos_token_id":[2,0]}');
  const { bosId, eosId } = await loadTokenizer(folder);
  rmSync(folder, { recursive: true });
  expect([bosId, eosId]).toEqual([1, 2]);
});
