import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { atLength } from '../support/endurance.js';
import { journalLines, resultOf, seedFolder } from '../support/evolution.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { runCli } from '../support/run-cli.js';
import { printedRandom } from '../support/random.js';

const KILLS = atLength(2, 10);

it(`ends as an undisturbed run after kill -9 at ${KILLS} random moments`, { timeout: 600_000 }, async () => {
  await using llm = await LoopbackLlm.start({ latency: 40 });
  const { folder, data } = await seedFolder(12 * KILLS);
  const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
  const args = ['evolve', data, '--llm', llm.spec, '--rounds', '2', '--respond', '--concurrency', '8', '--quiet', '-o'];
  const began = performance.now();
  expect((await runCli([...args, whole])).code).toBe(0);
  const undisturbed = performance.now() - began;
  const requests = journalLines(whole);
  const journaled = (): number => (existsSync(join(killed, 'journal.jsonl')) ? journalLines(killed) : 0);

  const random = printedRandom('moments of kill -9');
  for (let kill = 0; kill <= KILLS; kill++) {
    const [sentBefore, keptBefore] = [(await llm.stats()).received, journaled()];
    // Early on there is start-up to die in, later a part of the work.
    const moment = random() * Math.min(undisturbed, 300 + ((kill + 1) * undisturbed) / KILLS);
    const last = kill === KILLS;
    const { code } = await runCli([...args, killed], {
      started: (child) => {
        if (!last) void delay(moment).then(() => child.kill('SIGKILL'));
      },
    });
    // Every start sends what is not in the journal, once, and nothing else.
    const sent = (await llm.stats()).received - sentBefore;
    expect(sent).toBeLessThanOrEqual(requests - keptBefore);
    if (!last) continue;
    expect(code).toBe(0);
    expect(sent).toBe(requests - keptBefore);
  }
  expect(journaled()).toBe(requests);
  expect(await resultOf(killed)).toEqual(await resultOf(whole));
});
