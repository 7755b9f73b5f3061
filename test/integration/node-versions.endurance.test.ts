import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { NODES } from '../../scripts/node-versions.mjs';
import { batchOf } from '../support/batch-of.js';
import { atLength } from '../support/endurance.js';

const ROOT = resolve(import.meta.dirname, '../..');
const POCKET = join(ROOT, 'models/pocket');
const ENGINE = join(ROOT, 'dist/engine/native/native-engine.js');
const TIMES = atLength(3, 50);
const CYCLES = atLength(60, 200);

/** This Node; at length, each version that is supported, all with the one addon. */
const versions: readonly (readonly [string, string])[] =
  atLength(1, NODES.length) === 1 ? [[`node-${process.versions.node.split('.')[0]}`, process.execPath]] : NODES;

/** What each script begins with: an engine, and batches of `sequences` each that it is in the middle of. */
const midRun = (sequences: number): string => `
  import { Worker, isMainThread, parentPort } from 'node:worker_threads';
  const { loadNativeEngine } = await import(${JSON.stringify(ENGINE)});
  const batchOf = ${batchOf.toString()};
  const engine = await loadNativeEngine(${JSON.stringify(POCKET)});
  const runs = Array.from({ length: 8 }, () => engine.run(batchOf(${sequences}, 400)));
  for (const run of runs) run.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 20));
`;
/** Seconds of work, which nobody waits for; and little, for those that are waited for. */
const MID_RUN = midRun(64);
const SHORT_RUN = midRun(2);

/** Prints by how many MiB the process has grown after the first quarter of the cycles. */
const MANY_CYCLES = `
  const { loadNativeEngine } = await import(${JSON.stringify(ENGINE)});
  const batchOf = ${batchOf.toString()};
  let before;
  for (let cycle = 0; cycle < ${CYCLES}; cycle++) {
    if (cycle === ${CYCLES / 4}) before = process.memoryUsage.rss();
    const engine = await loadNativeEngine(${JSON.stringify(POCKET)});
    await engine.run(batchOf(2, 100));
    await engine.close();
  }
  console.log((process.memoryUsage.rss() - before) / 2 ** 20);
`;

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

/** The table that `evosift demo` prints, without the line that says how fast it was. */
async function demoOn(node: string): Promise<string> {
  const { stdout } = await promisify(execFile)(node, [join(ROOT, 'bin/evosift.js'), 'demo']);
  return stdout.slice(stdout.indexOf('\n'));
}

for (const [name, node] of versions) {
  const absent = !existsSync(node) && !process.env.CI;
  const why = absent ? ` (skipped: ${node} does not exist; npm run test:endurance fetches it)` : '';
  describe.skipIf(absent)(`the engine under ${name}${why}`, () => {
    it('gives the demo the same scores', { timeout: 300_000 }, async () => {
      const table = await demoOn(node);
      expect(table).toContain('IC-IFD = L(A|Q) / (L(Q) L(A)), highest first:');
      expect(table).toBe(await demoOn(process.execPath));
    });

    it(`leaks nothing over ${CYCLES} cycles of load, run and close`, { timeout: 300_000 }, async () => {
      const { stdout } = await promisify(execFile)(node, ['--input-type=module', '-e', MANY_CYCLES]);
      // A leak of the weights alone would be 8 MiB a cycle.
      expect(Number(stdout)).toBeLessThan(64);
    });

    const repeat = async (script: string, check: (ending: Ending) => void): Promise<void> => {
      for (let i = 0; i < TIMES; i++) check(await runScript(node, script));
    };

    it(`survives process.exit in mid-run, ${TIMES} times`, { timeout: 600_000 }, () =>
      repeat(`${MID_RUN} process.exit(7);`, ({ code, stderr }) => {
        expect(stderr).toBe('');
        expect(code).toBe(7);
      }),
    );

    it(`survives an uncaught exception in mid-run, ${TIMES} times`, { timeout: 600_000 }, () =>
      repeat(`${MID_RUN} setImmediate(() => { throw new Error('on purpose'); });`, ({ code, stderr }) => {
        expect(stderr).toContain('on purpose');
        expect(code).toBe(1);
      }),
    );

    it(`survives worker.terminate in mid-run, ${TIMES} times`, { timeout: 600_000 }, () =>
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

    it(`works in the main thread and two workers, each with its own, ${TIMES} times`, { timeout: 600_000 }, () =>
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
