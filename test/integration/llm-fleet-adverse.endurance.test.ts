import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { atLength } from '../support/endurance.js';
import { journalLines, newJournal } from '../support/fleet-fixture.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { printedRandom } from '../support/random.js';

const script = (name: string): string => resolve(import.meta.dirname, '../fixtures/llm', name);
const ECHO = pathToFileURL(script('echo-hash.mjs')).href;

const QUESTIONS = atLength(300, 2_000);
const KILLS = atLength(2, 10);
const SEEDS = 100 * KILLS;

interface Asked {
  readonly ok: number;
  readonly failed: number;
}

async function ask(llm: LoopbackLlm, journal: string, questions: number, ...more: readonly number[]): Promise<Asked> {
  const args = [script('ask.mjs'), llm.baseUrl, journal, ...[questions, ...more].map(String)];
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout) as Asked;
}

interface AnsweredLine {
  readonly key: { readonly item: string };
  readonly answer: { readonly text: string };
}

describe('the fleet in adverse conditions', () => {
  it('has one outcome for each question with a fifth of the first attempts faulted', async () => {
    await using llm = await LoopbackLlm.start({ latency: 200, faultShare: 0.2 });
    const journal = await newJournal();
    const { ok, failed } = await ask(llm, journal, QUESTIONS, 200, 1_000);
    expect(ok + failed).toBe(QUESTIONS);
    expect(failed).toBeLessThan(QUESTIONS / 100);
    const items = (await journalLines(journal)).map((line) => (line as unknown as AnsweredLine).key.item);
    expect(items).toHaveLength(QUESTIONS);
    expect(new Set(items).size).toBe(QUESTIONS);
  }, 300_000);

  it('sends nothing again that was journaled, however often it is killed', async () => {
    await using llm = await LoopbackLlm.start({ latency: 20, answer: ECHO });
    const journal = await newJournal();
    const args = [script('ask.mjs'), llm.baseUrl, journal, `${SEEDS}`, '8', '5000'];
    const received = new Map<string, number>();
    const note = async (): Promise<void> => {
      const text = existsSync(journal) ? await readFile(journal, 'utf8') : '';
      const { requests } = await llm.stats();
      for (const line of text.split('\n').slice(0, -1)) {
        const { text: hash } = (JSON.parse(line) as AnsweredLine).answer;
        if (!received.has(hash)) received.set(hash, requests[hash]!.received);
      }
    };
    const random = printedRandom('moments of kill -9');
    for (let kill = 0; kill < KILLS; kill++) {
      const child = spawn(process.execPath, args, { stdio: 'ignore' });
      const before = (await llm.stats()).answered;
      while ((await llm.stats()).answered < before + 5 && child.exitCode === null) await sleep(5);
      await sleep(random() * 100);
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      while ((await llm.stats()).inFlight > 0) await sleep(10);
      await note();
    }
    expect(received.size).toBeGreaterThanOrEqual(2 * KILLS);
    expect(received.size).toBeLessThan(SEEDS);
    expect(await ask(llm, journal, SEEDS, 8, 5_000)).toMatchObject({ ok: SEEDS, failed: 0 });
    const { requests } = await llm.stats();
    for (const [hash, count] of received) expect(requests[hash]!.received).toBe(count);
    const items = (await journalLines(journal)).map((line) => (line as unknown as AnsweredLine).key.item);
    expect(items.toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: SEEDS }, (_, item) => String(item)),
    );
  }, 300_000);
});
