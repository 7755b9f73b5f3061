import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lockRun } from '../../../src/data/run/lock.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evosift-lock-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

it('is never there without the name of its holder', async () => {
  const path = join(folder, 'lock');
  const seen = new Set<string | null>();
  for (let i = 0; i < 50; i++) {
    const taking = lockRun(folder);
    do seen.add(textOf(path));
    while ((await Promise.race([taking, turn()])) === undefined);
    await (await taking).release();
  }
  const pids = [...seen].map((text) => (text === null ? null : (JSON.parse(text || '{}') as { pid?: number }).pid));
  expect(new Set(pids)).toEqual(new Set([null, process.pid]));
  expect(await readdir(folder)).toEqual([]);
});
