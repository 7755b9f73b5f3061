import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fixture } from '../../support/fixtures.js';
import { readVerifiers } from '../../../src/verify/read-verifiers.js';
import { constraintId, functionId } from '../../../src/verify/verifier.js';
import { VerifierSet } from '../../../src/verify/verifier-set.js';

const file = (name: string, content: string | Buffer): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'evosift-verifiers-')), name);
  writeFileSync(path, content);
  return path;
};
const TRUE = 'def evaluate(response):\n    return True';
const FALSE = 'def evaluate(response):\n    return False';
const hex = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

describe('ids', () => {
  it('are the first 12 hex digits of a sha-256: of a constraint without blanks around it, of code as it is', () => {
    expect(constraintId('  Be brief.\n')).toBe(hex('Be brief.'));
    expect(functionId(`${TRUE}\n`)).toBe(hex(`${TRUE}\n`));
  });
});

describe('readVerifiers', () => {
  it('reads the published constraints with their functions and accuracies', async () => {
    const verifiers = await readVerifiers(fixture('autoif/back_trans.jsonl'));
    expect(verifiers.map(({ constraint, functions }) => [constraint, functions.length])).toEqual([
      ["Use no words containing the letter 'E'", 4],
      ['Use only words with double letters (e.g., "bookkeeper")', 7],
      ['Use only palindromes', 3],
      ["Use words that end with '-ing'", 4],
      ['Answer with words in alphabetical order', 4],
    ]);
    expect(verifiers[3]!.functions.map(({ accuracy }) => accuracy)).toEqual([0.9, 1, 0.9, 1]);
  });

  it('keeps functions once that a file repeats in each of its rows', async () => {
    const verifiers = await readVerifiers(fixture('autoif/query_rft.jsonl'));
    expect(verifiers.map(({ constraint, functions }) => [constraint, functions.length])).toEqual([
      ['Use only words that have exactly 4 syllables', 2],
      ['Use only military lingo', 3],
    ]);
  });

  const lines = [
    { id: 'x', constraint: 'A', status: 'kept', reason: null, functions: [{ id: 'y', code: TRUE, accuracy: 0.8 }] },
    { constraint: 'B', status: 'dropped', reason: 'few_cases', functions: [{ code: TRUE }] },
    { constraint: 'C', functions: [TRUE, { code: FALSE }] },
    {
      instruction: ' A ',
      eval_func: [
        [TRUE, 1],
        [FALSE, 0.9],
      ],
    },
    { instruction: 'D', eval_func: [] },
  ].map((line) => JSON.stringify(line));
  const expected = [
    {
      id: hex('A'),
      constraint: 'A',
      functions: [
        { id: hex(TRUE), code: TRUE, accuracy: 0.8 },
        { id: hex(FALSE), code: FALSE, accuracy: 0.9 },
      ],
    },
    {
      id: hex('C'),
      constraint: 'C',
      functions: [
        { id: hex(TRUE), code: TRUE, accuracy: null },
        { id: hex(FALSE), code: FALSE, accuracy: null },
      ],
    },
  ];
  it.each([
    ['lines, the last without its end', 'a.jsonl', lines.join('\n')],
    ['lines with blank ones between', 'a.jsonl', `\uFEFF${lines.join('\n\n')}\n`],
    ['one array', 'a.json', `[\n${lines.join(',\n')}\n]\n`],
    ['lines, compressed', 'a.jsonl.gz', gzipSync(`${lines.join('\n')}\n`)],
  ])('reads every shape, leaves out what its run dropped and joins equal constraints: %s', async (_, name, content) => {
    expect(await readVerifiers(file(name, content))).toEqual(expected);
  });

  it.each([
    ['no JSON', '{"constraint": "A"', 'it is not JSON'],
    ['a text', '"A"', 'it is no object'],
    ['no constraint', '{"functions": []}', 'its `constraint` must be a text'],
    ['a blank constraint', '{"instruction": " ", "eval_func": []}', 'its `instruction` must be a text'],
    ['no functions', '{"constraint": "A"}', 'its `functions` must be a list'],
    ['a function that is a number', '{"constraint": "A", "functions": ["x", 3]}', 'its `functions[1]` must be Python'],
    ['an object without code', '{"constraint": "A", "functions": [{}]}', 'its `functions[0]` must be Python'],
    ['a published pair the wrong way', '{"instruction": "A", "eval_func": [[1, "x"]]}', 'its `eval_func[0]` must be'],
  ])('names file and line of what is none: %s', async (_, line, why) => {
    const path = file('bad.jsonl', `${lines[0]}\n\n${line}\n`);
    await expect(readVerifiers(path)).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringContaining(`${path} line 3 is no constraint with functions: ${why}`),
    });
  });

  it('refuses a file without any, one that is not there, and a folder that is no run', async () => {
    const empty = file('empty.jsonl', `${lines[1]}\n`);
    await expect(readVerifiers(empty)).rejects.toMatchObject({
      message: `${empty} holds no function that checks a constraint`,
    });
    await expect(readVerifiers('/nowhere.jsonl')).rejects.toMatchObject({
      message: '/nowhere.jsonl: there is no such file or directory',
    });
    await expect(readVerifiers(tmpdir())).rejects.toMatchObject({
      message: `${tmpdir()} is no run: it holds no manifest.json`,
    });
  });
});

describe('the constraints that stand in a prompt', () => {
  const set = new VerifierSet();
  for (const constraint of [
    'Use short words.',
    'Use no more than 10 words',
    'Use no more than 10 words per sentence',
    'Rhyme.',
  ]) {
    set.add({ id: constraintId(constraint), constraint, functions: [] });
  }
  const within = (text: string): string[] => set.within(text).map(({ constraint }) => constraint);

  it.each([
    ['Name a river. Use short words.', ['Use short words.']],
    ['Name a river.', []],
    ['Use no more than 10 words per sentence, please. Rhyme.', ['Use no more than 10 words per sentence', 'Rhyme.']],
    [
      'Use no more than 10 words. Use no more than 10 words per sentence.',
      ['Use no more than 10 words per sentence', 'Use no more than 10 words'],
    ],
    ['use short words.', []],
  ])('%s', (text, constraints) => {
    expect(within(text)).toEqual(constraints);
  });

  it('are found by id and by text', () => {
    expect(set.find(' Rhyme. ')?.constraint).toBe('Rhyme.');
    expect(set.find(constraintId('Rhyme.'))?.constraint).toBe('Rhyme.');
    expect(set.find('Rhyme')).toBeNull();
  });
});
