import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examineConstraints } from '../../../src/autoif/constraints/examine-constraints.js';
import { readSeedConstraints } from '../../../src/autoif/constraints/read-seeds.js';
import { SEED_CONSTRAINTS } from '../../../src/autoif/constraints/seed-constraints.js';
import { completionOf } from '../../support/completion.js';

async function read(name: string, text: string): Promise<readonly string[]> {
  const path = join(await mkdtemp(join(tmpdir(), 'evosift-seeds-')), name);
  await writeFile(path, text);
  return await readSeedConstraints(path);
}

describe('The seeds of a file are', () => {
  const seeds = ['Use no commas', 'Answer in two lines'];

  it.each([
    ['a.txt', '\uFEFFUse no commas\r\n\r\n# A remark\r\n  Answer in two lines \r\n'],
    ['list.txt', '- Use no commas\n2. Answer in two lines\n'],
    ['b.txt', 'Use no commas\nAnswer in two lines\nUse no commas'],
    ['c', 'Use no commas\nAnswer in two lines'],
    ['d.jsonl', '"Use no commas"\n{"constraint": "Answer in two lines"}\n'],
    ['e.jsonl', '{"instruction": "Use no commas", "eval_func": []}\n\n{"instruction": "Answer in two lines"}'],
    ['f.json', '["Use no commas", {"constraint": " Answer in two lines "}]'],
  ])('%s', async (name, text) => {
    expect(await read(name, text)).toEqual(seeds);
  });

  it.each([
    ['a.txt', '# nothing\n\n', /a\.txt: there is no constraint in it/],
    ['a.jsonl', '"Use no commas"\n{"text": "x"}', /a\.jsonl:2: must be a text, or an object whose `constraint`/],
    ['a.jsonl', '"Use no commas"\nUse', /a\.jsonl:2: not valid JSON/],
    ['a.json', '{"a": 1}', /a\.json: must be a JSON array/],
    ['a.json', '["Use no commas", 7]', /a\.json: item 2: must be a text/],
  ])('wrong in %s: %j', async (name, text, message) => {
    await expect(read(name, text)).rejects.toMatchObject({ code: 'bad_data', message: expect.stringMatching(message) });
  });

  it('refused where they are no UTF-8', async () => {
    await expect(read('utf16.txt', 'U\0s\0e\0')).rejects.toMatchObject({ code: 'bad_data' });
  });

  it('missing where there is no file', async () => {
    await expect(readSeedConstraints('/nowhere/seeds.txt')).rejects.toMatchObject({ code: 'bad_data' });
  });
});

describe('The built-in seeds', () => {
  it('are about 40, each another', () => {
    expect(SEED_CONSTRAINTS.length).toBeGreaterThanOrEqual(40);
    expect(new Set(SEED_CONSTRAINTS.map((seed) => seed.toLowerCase())).size).toBe(SEED_CONSTRAINTS.length);
  });

  it('would each come through as an answer', () => {
    const list = SEED_CONSTRAINTS.map((seed, index) => `${index + 1}. ${seed}`).join('\n');
    expect(examineConstraints(null, completionOf(list))).toEqual({
      constraints: SEED_CONSTRAINTS,
      dropped: [],
      failed: null,
    });
  });
});
