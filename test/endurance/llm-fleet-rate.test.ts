import { execFile } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { newJournal } from '../support/fleet-fixture.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';

const TURNS = 5;

async function runScript(name: string, ...args: readonly (string | number)[]): Promise<unknown> {
  const script = resolve(import.meta.dirname, '../fixtures/llm', name);
  return JSON.parse((await promisify(execFile)(process.execPath, [script, ...args.map(String)])).stdout) as unknown;
}

// Both rates are measured in turns, and one turn has to show the share: a slow minute falls on one of the two, a fleet that
// is too slow is so in every turn.
describe('the rate of the fleet', () => {
  it('stays above 60 % with a fifth of the first attempts faulted', { timeout: 600_000 }, async () => {
    const rateWith = async (faultShare: number): Promise<number> => {
      await using llm = await LoopbackLlm.start({ latency: 200, faultShare });
      const asked = await runScript('ask.mjs', llm.baseUrl, await newJournal(), 2_000, 200, 1_000);
      return (asked as { readonly rate: number }).rate;
    };
    let best = 0;
    for (let turn = 0; turn < TURNS && best <= 0.6; turn++) {
      const calm = await rateWith(0);
      best = Math.max(best, (await rateWith(0.2)) / calm);
    }
    expect(best).toBeGreaterThan(0.6);
  });

  it('is at least 70 % of the requests a second that the bare client makes', { timeout: 600_000 }, async () => {
    await using llm = await LoopbackLlm.start();
    const rates = await runScript('rate.mjs', llm.baseUrl, dirname(await newJournal()), 2_000, 64, TURNS);
    const { bare, fleet } = rates as { readonly bare: number[]; readonly fleet: number[] };
    expect(Math.max(...fleet.map((rate, turn) => rate / bare[turn]!))).toBeGreaterThan(0.7);
  });
});
