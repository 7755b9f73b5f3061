import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { journalLines, newJournal } from '../support/fleet-fixture.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';

const script = (name: string): string => resolve(import.meta.dirname, '../fixtures/llm', name);
const ECHO = pathToFileURL(script('echo-hash.mjs')).href;

interface Asked {
  readonly ok: number;
  readonly failed: number;
  readonly rate: number;
}

async function ask(llm: LoopbackLlm, journal: string, questions: number, ...more: readonly number[]): Promise<Asked> {
  const args = [script('ask.mjs'), llm.baseUrl, journal, ...[questions, ...more].map(String)];
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout) as Asked;
}

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

interface AnsweredLine {
  readonly key: { readonly item: string };
  readonly answer: { readonly text: string };
}

describe('the fleet in adverse conditions', () => {
  it('keeps above 60 % of its rate with a fifth of the first sendings faulted, each with one outcome', async () => {
    const rates = { calm: [] as number[], faulted: [] as number[] };
    for (let round = 0; round < 3; round++) {
      for (const [name, faultShare] of [
        ['calm', 0],
        ['faulted', 0.2],
      ] as const) {
        await using llm = await LoopbackLlm.start({ latency: 200, faultShare });
        const journal = await newJournal();
        const { ok, failed, rate } = await ask(llm, journal, 2_000, 200, 1_000);
        expect(ok + failed).toBe(2_000);
        expect(failed).toBeLessThan(20);
        rates[name].push(rate);
        const items = (await journalLines(journal)).map((line) => (line as unknown as AnsweredLine).key.item);
        expect(items).toHaveLength(2_000);
        expect(new Set(items).size).toBe(2_000);
      }
    }
    expect(middle(rates.faulted) / middle(rates.calm)).toBeGreaterThan(0.6);
  }, 300_000);

  it('sends nothing again that was journaled, however often it is killed', async () => {
    await using llm = await LoopbackLlm.start({ latency: 20, answer: ECHO });
    const journal = await newJournal();
    const args = [script('ask.mjs'), llm.baseUrl, journal, '1000', '8', '5000'];
    const received = new Map<string, number>();
    const note = async (): Promise<void> => {
      const text = existsSync(journal) ? await readFile(journal, 'utf8') : '';
      const { requests } = await llm.stats();
      for (const line of text.split('\n').slice(0, -1)) {
        const { text: hash } = (JSON.parse(line) as AnsweredLine).answer;
        if (!received.has(hash)) received.set(hash, requests[hash]!.received);
      }
    };
    for (let kill = 0; kill < 10; kill++) {
      const child = spawn(process.execPath, args, { stdio: 'ignore' });
      const before = (await llm.stats()).answered;
      while ((await llm.stats()).answered < before + 5 && child.exitCode === null) await sleep(5);
      await sleep(Math.random() * 100);
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      while ((await llm.stats()).inFlight > 0) await sleep(10);
      await note();
    }
    expect(received.size).toBeGreaterThan(20);
    expect(received.size).toBeLessThan(1_000);
    expect(await ask(llm, journal, 1_000, 8, 5_000)).toMatchObject({ ok: 1_000, failed: 0 });
    const { requests } = await llm.stats();
    for (const [hash, count] of received) expect(requests[hash]!.received).toBe(count);
    const items = (await journalLines(journal)).map((line) => (line as unknown as AnsweredLine).key.item);
    expect(items.toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 1_000 }, (_, item) => String(item)),
    );
  }, 300_000);

  it('makes at least 70 % of the requests a second that the bare client makes', async () => {
    await using llm = await LoopbackLlm.start();
    const folder = dirname(await newJournal());
    const args = [script('rate.mjs'), llm.baseUrl, folder, '2000', '64', '3'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { bare, fleet } = JSON.parse(stdout) as { readonly bare: number[]; readonly fleet: number[] };
    expect(middle(fleet) / middle(bare)).toBeGreaterThan(0.7);
  }, 300_000);
});
