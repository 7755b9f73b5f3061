import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lockRun } from '../../../src/runs/run-lock.js';

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

it('clears what a process left that was killed while it took the lock, and nothing of those that live', async () => {
  const { pid: dead } = spawnSync(process.execPath, ['-e', '0']);
  const leftover = (host: string, pid: number): string => `lock.${host}.${pid}.${randomUUID()}`;
  const abandoned = leftover(hostname(), dead);
  const others = [leftover(hostname(), process.ppid), leftover('another-host', dead), `lock.${hostname()}.${dead}.txt`];
  for (const name of [abandoned, ...others]) await writeFile(join(folder, name), '');
  const lock = await lockRun(folder);
  expect((await readdir(folder)).toSorted()).toEqual(['lock', ...others].toSorted());
  await lock.release();
});
