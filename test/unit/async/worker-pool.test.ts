import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { TaskFailedError, WorkerPool } from '../../../src/async/worker-pool.js';

const filename = resolve(import.meta.dirname, '../../fixtures/pool/worker.mjs');
const open: WorkerPool[] = [];

function pool(threads = 1, workerData?: unknown): WorkerPool {
  const opened = new WorkerPool({ filename, threads, workerData });
  open.push(opened);
  return opened;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((opened) => opened.close()));
});

describe('WorkerPool', () => {
  it('runs a named export and gives workers their data', async () => {
    const workers = pool(1, { greeting: 'hello' });
    expect(await workers.run('greet', 'world')).toBe('hello world');
  });

  it('lets tasks wait instead of rejecting them when there are more than workers', async () => {
    const workers = pool(2);
    const tasks = Array.from({ length: 200 }, (_, value) => workers.run<number>('double', value));
    expect(await Promise.all(tasks)).toEqual(Array.from({ length: 200 }, (_, value) => value * 2));
  });

  it('gives a task whose worker died to another worker', async () => {
    const mark = join(await mkdtemp(join(tmpdir(), 'evosift-pool-')), 'died');
    expect(await pool().run('dieOnce', mark)).toBe('alive');
  });

  it('rejects a task that failed twice and goes on with the next', async () => {
    const workers = pool();
    await expect(workers.run('fail', 'no such luck')).rejects.toThrow(TaskFailedError);
    await expect(workers.run('die', null)).rejects.toThrow(/exited with code: 3/);
    expect(await workers.run('double', 21)).toBe(42);
  });

  it('ends a wait when its signal aborts and leaves the running task alone', async () => {
    const workers = pool();
    const running = workers.run('sleep', 200);
    const controller = new AbortController();
    const waiting = workers.run('double', 1, controller.signal);
    controller.abort(new Error('changed my mind'));
    await expect(waiting).rejects.toThrow('changed my mind');
    expect(await running).toBe(200);
    expect(await workers.run('double', 4)).toBe(8);
  });

  it('rejects what runs and what waits with code closed when it is closed', async () => {
    const workers = pool();
    const tasks = [workers.run('sleep', 100), workers.run('double', 1)];
    const settled = Promise.allSettled(tasks);
    await workers.close();
    for (const result of await settled)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'closed' } });
    await expect(workers.run('double', 1)).rejects.toMatchObject({ code: 'closed' });
  });

  it('has as many tasks at a time as asked for', async () => {
    const workers = new WorkerPool({ filename, threads: 1, tasksPerWorker: 8, owner: 'fleet' });
    open.push(workers);
    await Promise.all(Array.from({ length: 8 }, () => workers.run('together', 8)));
    await workers.close();
    await expect(workers.run('double', 1)).rejects.toThrow('The fleet was closed.');
  });

  it('blames no task for the death of a worker that it shared', async () => {
    const workers = new WorkerPool({ filename, threads: 1, tasksPerWorker: 20 });
    open.push(workers);
    const deadly = Promise.allSettled(Array.from({ length: 3 }, () => workers.run('die', null)));
    const others = Array.from({ length: 17 }, () => workers.run('sleep', 50));
    expect(await Promise.all(others)).toHaveLength(17);
    for (const one of await deadly) {
      expect(one).toMatchObject({ status: 'rejected', reason: { name: 'TaskFailedError' } });
    }
    expect(await workers.run('double', 21)).toBe(42);
  });

  it('rejects tasks when its workers cannot start, however often', async () => {
    const broken = join(await mkdtemp(join(tmpdir(), 'evosift-pool-')), 'broken.mjs');
    await writeFile(broken, "throw new Error('cannot start');\nexport const double = (value) => value * 2;\n");
    const workers = new WorkerPool({ filename: broken, threads: 1 });
    open.push(workers);
    await expect(workers.run('double', 1)).rejects.toThrow(/cannot start/);
    await expect(workers.run('double', 1)).rejects.toThrow();
  });

  it('does not keep its process alive when idle', async () => {
    const script = `
      import { WorkerPool } from ${JSON.stringify(resolve(import.meta.dirname, '../../../dist/async/worker-pool.js'))};
      const pool = new WorkerPool({ filename: ${JSON.stringify(filename)}, threads: 2 });
      console.log(await pool.run('double', 4));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 10_000,
    });
    expect(stdout).toBe('8\n');
  });
});
