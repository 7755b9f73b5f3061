import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataOf } from '../../../src/runs/run-data.js';

async function runOf(identity: object): Promise<string> {
  const run = await mkdtemp(join(tmpdir(), 'evosift-run-data-'));
  const manifest = { version: 1, program: 'evosift', identity, starts: [{ paths: ['/data/rows.jsonl'] }] };
  await writeFile(join(run, 'manifest.json'), JSON.stringify(manifest));
  return run;
}

describe('A run directory stands for', () => {
  it.each([
    ['evolve', 'dataset.jsonl'],
    ['respond', 'dataset.jsonl'],
    ['autoif', 'sft.jsonl'],
  ])('the rows that %s made', async (kind, file) => {
    const run = await runOf({ kind });
    expect(await dataOf([run])).toEqual([join(run, file)]);
  });

  it('the rows that it scored', async () => {
    expect(await dataOf([await runOf({}), 'other.jsonl'])).toEqual(['/data/rows.jsonl', 'other.jsonl']);
  });
});
