import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeSlowToLink } from '../../support/slow-to-link.js';

const POOL = resolve(import.meta.dirname, '../../../dist/async/worker-pool.js');

/** Opens pools in steps of a fifth of the time that one takes to load: at the end one is at it, whatever may hurt it. */
const manyLoading = (filename: string): string => `
  import { setTimeout } from 'node:timers/promises';
  import { WorkerPool } from ${JSON.stringify(POOL)};
  const open = () => new WorkerPool({ filename: ${JSON.stringify(filename)}, threads: 1 });
  const begin = performance.now();
  const pools = [open()];
  console.log(await pools[0].run('double', 21));
  const step = (performance.now() - begin) / 5;
  for (let i = 0; i < 4; i++) {
    pools.push(open());
    await setTimeout(step);
  }
`;

function runScript(script: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile(process.execPath, ['--input-type=module', '-e', script], { timeout: 50_000 }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr });
    });
  });
}

describe('WorkerPool, while its workers load', { timeout: 60_000 }, () => {
  let filename: string;
  beforeAll(async () => {
    filename = writeSlowToLink(await mkdtemp(join(tmpdir(), 'evosift-links-')));
  });

  it.each([
    ['can be closed', 'await Promise.all(pools.map((pool) => pool.close()));', 0],
    ['lets its process exit with its code', 'process.exit(7);', 7],
  ])('%s', async (_, ending, code) => {
    expect(await runScript(manyLoading(filename) + ending)).toEqual({ code, stdout: '42\n', stderr: '' });
  });
});
