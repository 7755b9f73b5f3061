import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { atLength } from '../support/endurance.js';
import { runCli } from '../support/run-cli.js';
import { fixture } from '../support/fixtures.js';
import { printedRandom } from '../support/random.js';

const KILLS = atLength(2, 10);
const ROWS = atLength(300, 1200);

/** The summary without what differs from one start to the next. */
async function summaryOf(run: string): Promise<object> {
  const { seconds, rows_s, tokens_s, stages, ...rest } = JSON.parse(await readFile(join(run, 'summary.json'), 'utf8'));
  for (const timing of [seconds, rows_s, tokens_s]) expect(timing).toBeTypeOf('number');
  expect(stages).toBeTypeOf('object');
  return rest;
}

describe('a run that is killed', () => {
  it(`ends as an undisturbed one after kill -9 at ${KILLS} random moments`, { timeout: 900_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evosift-killed-'));
    const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
    const data = fixture('rows/gsm8k-test.jsonl');
    const args = ['score', data, '-m', 'pocket', '--limit', `${ROWS}`, '--quiet', '--batch-tokens', '4096', '-o'];
    const began = performance.now();
    expect((await runCli([...args, whole])).code).toBe(0);
    const undisturbed = performance.now() - began;

    const random = printedRandom('moments of kill -9');
    for (let kill = 0; kill < KILLS; kill++) {
      // Early on there is start-up to die in, later a part of the work: together they end before the run would.
      const moment = random() * Math.min(undisturbed, 200 + ((kill + 1) * undisturbed) / KILLS);
      const { signal } = await runCli([...args, killed], {
        started: (child) => void delay(moment).then(() => child.kill('SIGKILL')),
      });
      expect(['SIGKILL', null]).toContain(signal);
    }
    expect((await runCli([...args, killed])).code).toBe(0);
    expect(await readFile(join(killed, 'scores.jsonl'))).toEqual(await readFile(join(whole, 'scores.jsonl')));
    expect(await summaryOf(killed)).toEqual(await summaryOf(whole));
  });
});
