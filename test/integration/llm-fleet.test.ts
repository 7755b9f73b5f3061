import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../src/llm/fleet/fleet.js';
import type { GeneratorPlan } from '../../src/llm/generator.js';
import type { Answered } from '../../src/llm/question.js';
import { journalLines, newJournal, openFleet, planOf, question, replayOf } from '../support/fleet-fixture.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';

const textOf = (answered: Answered<unknown>): string => (answered.ok ? answered.completion.text : answered.kind);

/** Has both workers started, at whatever the machine is busy with. */
async function warmUp(fleet: Fleet, plan: GeneratorPlan): Promise<void> {
  await Promise.all([fleet.ask(question(plan, 'first')), fleet.ask(question(plan, 'second'))]);
}

describe('the fleet', () => {
  it('has answers examined, and journals them by key and request hash', async () => {
    await using llm = await LoopbackLlm.start({ reasoning: 'hm' });
    const journalPath = await newJournal();
    const plan = planOf(llm, { systemPrompt: 'Be brief.' });
    await using fleet = await openFleet({ plans: [plan], journalPath });
    const answered = await fleet.ask<{ characters: number }>(question(plan, 7, { examination: {} }));
    expect(answered).toMatchObject({
      ok: true,
      journaled: false,
      completion: { reasoning: 'hm', finishReason: 'stop' },
    });
    if (!answered.ok) return;
    expect(answered.finding.characters).toBe(answered.completion.text.length);
    const [line, ...more] = await journalLines(journalPath);
    expect(more).toEqual([]);
    expect(line).toEqual({
      key: { stage: 'evolve', item: '7', operation: 'deepening', sample: 0, attempt: 0 },
      request: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      generator: 'openai:loopback',
      model: expect.stringMatching(/^loopback#[0-9a-f]{12}$/) as unknown,
      messages: (await llm.stats()).last!.body['messages'],
      answer: {
        text: answered.completion.text,
        reasoning: 'hm',
        finish_reason: 'stop',
        usage: {
          prompt_tokens: answered.completion.usage.promptTokens,
          completion_tokens: answered.completion.usage.completionTokens,
        },
      },
    });
  });

  it('completes the lines of a journal that keeps no messages, once, and asks nothing for it', async () => {
    await using llm = await LoopbackLlm.start();
    const journalPath = await newJournal();
    const plan = planOf(llm);
    const askAll = async (): Promise<string[]> => {
      await using fleet = await openFleet({ plans: [plan], journalPath });
      return (await Promise.all([1, 2, 3].map((item) => fleet.ask(question(plan, item))))).map(textOf);
    };
    const answers = await askAll();
    const lines = await journalLines(journalPath);
    const sent = lines.map(({ messages }) => messages);
    expect(sent).toHaveLength(3);
    await writeFile(journalPath, lines.map((line) => `${JSON.stringify({ ...line, messages: undefined })}\n`).join(''));
    for (let start = 0; start < 2; start++) {
      expect(await askAll()).toEqual(answers);
      const completed = (await journalLines(journalPath)).slice(3).map(({ messages }) => messages);
      expect(completed).toHaveLength(3);
      expect(completed).toEqual(expect.arrayContaining(sent));
    }
    expect((await llm.stats()).received).toBe(3);
  });

  it('asks nothing again that is in its journal, and examines it anew', async () => {
    await using llm = await LoopbackLlm.start();
    const journalPath = await newJournal();
    const plan = planOf(llm);
    const answers: string[][] = [];
    for (let start = 0; start < 2; start++) {
      await using fleet = await openFleet({ plans: [plan], journalPath });
      const asked = Array.from({ length: 50 }, (_, item) => fleet.ask(question(plan, item, { examination: {} })));
      answers.push((await Promise.all(asked)).map(textOf));
      expect(fleet.stats).toMatchObject({ requests: start === 0 ? 50 : 0, journaled: start === 0 ? 0 : 50 });
    }
    expect(answers[1]).toEqual(answers[0]);
    expect((await llm.stats()).received).toBe(50);
  });

  it('makes one attempt at equal questions in flight, and two where their sample numbers differ', async () => {
    await using llm = await LoopbackLlm.start({ latency: 50 });
    const plan = planOf(llm);
    await using fleet = await openFleet({ plans: [plan], journalPath: await newJournal() });
    const other = question(plan, 1);
    const sampled = { ...other, key: { ...other.key, sample: 1 } };
    const answers = await Promise.all([fleet.ask(question(plan, 1)), fleet.ask(question(plan, 1)), fleet.ask(sampled)]);
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect((await llm.stats()).received).toBe(2);
  });

  it('asks again for what failed in passing, and lets stand what was the fault of the request', async () => {
    await using llm = await LoopbackLlm.start({ always: 'context_overflow' });
    const journalPath = await newJournal();
    const plan = planOf(llm);
    const start = async (item: string): Promise<Answered<unknown>> => {
      await using fleet = await openFleet({ plans: [plan], journalPath, backOff: { attempts: 1 } });
      return await fleet.ask(question(plan, item));
    };
    expect(await start('long')).toMatchObject({ ok: false, kind: 'context_overflow' });
    await llm.set({ always: 'server_error' });
    expect(await start('short')).toMatchObject({ ok: false, kind: 'server_error' });
    await llm.set({ always: null });
    expect(await start('long')).toMatchObject({ ok: false, kind: 'context_overflow' });
    expect(await start('short')).toMatchObject({ ok: true, journaled: false });
    expect(await start('short')).toMatchObject({ ok: true, journaled: true });
  });

  it('sends a system prompt before messages that have none, and tells answers under another one apart', async () => {
    await using llm = await LoopbackLlm.start();
    const journalPath = await newJournal();
    for (const systemPrompt of ['Be brief.', 'Be long.']) {
      const plan = planOf(llm, { systemPrompt });
      await using fleet = await openFleet({ plans: [plan], journalPath });
      await fleet.ask(question(plan, 1));
      const { last } = await llm.stats();
      expect(last?.body['messages']).toMatchObject([{ role: 'system', content: systemPrompt }, { role: 'user' }]);
    }
    expect((await llm.stats()).received).toBe(2);
  });

  it('gives up on a request after six attempts', async () => {
    await using llm = await LoopbackLlm.start({ always: 'malformed_json' });
    const plan = planOf(llm);
    const backOff = { base: 5 };
    await using fleet = await openFleet({ plans: [plan], journalPath: await newJournal(), backOff });
    expect(await fleet.ask(question(plan, 1))).toMatchObject({ ok: false, kind: 'malformed_answer' });
    expect((await llm.stats()).received).toBe(6);
    expect(fleet.stats.failures).toEqual({ malformed_answer: 6 });
  });

  it('leaves alone for as long as Retry-After says, with the slot free meanwhile', async () => {
    await using llm = await LoopbackLlm.start({ faults: ['rate_limited_seconds'] });
    const plan = planOf(llm);
    await using fleet = await openFleet({ plans: [plan], journalPath: await newJournal(), concurrency: 1 });
    await warmUp(fleet, plan);
    await llm.set({ faultShare: 1 });
    const began = performance.now();
    const answered: string[] = [];
    const refused = fleet.ask(question(plan, 'refused')).finally(() => answered.push('refused'));
    await sleep(200);
    await llm.set({ faultShare: 0 });
    expect((await fleet.ask(question(plan, 'other')).finally(() => answered.push('other'))).ok).toBe(true);
    expect((await refused).ok).toBe(true);
    expect(answered).toEqual(['other', 'refused']);
    expect(performance.now() - began).toBeGreaterThan(1_000);
  });

  it('keeps to requests a minute', async () => {
    await using llm = await LoopbackLlm.start();
    const plan = planOf(llm);
    await using fleet = await openFleet({ plans: [plan], journalPath: await newJournal(), rpm: 600, concurrency: 50 });
    await warmUp(fleet, plan);
    await sleep(1_000);
    const began = performance.now();
    await Promise.all(Array.from({ length: 20 }, (_, item) => fleet.ask(question(plan, item))));
    // A second's ten at once, then ten a second.
    expect(performance.now() - began).toBeGreaterThan(950);
    expect((await llm.stats()).received).toBe(22);
  });

  it('never has more in flight than asked for, and that many', async () => {
    await using llm = await LoopbackLlm.start();
    const plan = planOf(llm);
    await using fleet = await openFleet({ plans: [plan], journalPath: await newJournal(), concurrency: 7 });
    await warmUp(fleet, plan);
    await llm.set({ together: 7, latency: 100 });
    await Promise.all(Array.from({ length: 21 }, (_, item) => fleet.ask(question(plan, item))));
    expect((await llm.stats()).mostInFlight).toBe(7);
  });

  it('sends exactly the budget of requests, keeps their answers, and goes on at the next start', async () => {
    await using llm = await LoopbackLlm.start({ latency: 20 });
    const plan = planOf(llm);
    const journalPath = await newJournal();
    const start = async (): Promise<string[]> => {
      await using fleet = await openFleet({ plans: [plan], journalPath, budgetRequests: 30, concurrency: 8 });
      const asked = Array.from({ length: 50 }, (_, item) =>
        fleet.ask(question(plan, item)).then(textOf, (error: { code: string }) => error.code),
      );
      return await Promise.all(asked);
    };
    const first = await start();
    expect(first.filter((text) => text === 'budget_spent')).toHaveLength(20);
    expect((await llm.stats()).received).toBe(30);
    expect(await journalLines(journalPath)).toHaveLength(30);
    expect((await start()).includes('budget_spent')).toBe(false);
    expect((await llm.stats()).received).toBe(50);
  });

  it('does not overspend a budget of tokens', async () => {
    await using llm = await LoopbackLlm.start({ latency: 5 });
    const plan = planOf(llm);
    const fleet = await openFleet({
      plans: [plan],
      journalPath: await newJournal(),
      budgetTokens: 1_000,
      concurrency: 50,
    });
    const asked = Array.from({ length: 100 }, (_, item) => fleet.ask(question(plan, item)));
    const settled = await Promise.allSettled(asked);
    await fleet.close();
    expect(settled.some((one) => one.status === 'rejected')).toBe(true);
    expect(fleet.stats.tokens).toBeLessThanOrEqual(1_000);
    expect(fleet.stats.tokens).toBeGreaterThan(850);
  });

  it('stops at once where the first answer is that the key is wrong, with what the server says', async () => {
    await using llm = await LoopbackLlm.start({ key: 'secret' });
    const plan = planOf(llm);
    await using fleet = await openFleet({ plans: [plan], journalPath: await newJournal() });
    const asked = Array.from({ length: 100 }, (_, item) => fleet.ask(question(plan, item)));
    const settled = await Promise.allSettled(asked);
    const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as { code: string }] : []));
    expect(errors.length).toBeGreaterThan(80);
    expect(errors[0]).toMatchObject({
      code: 'breaker_open',
      message: expect.stringContaining('Incorrect API key') as unknown,
    });
    expect((await llm.stats()).received).toBeLessThanOrEqual(16);
  });

  it('stops where nobody answers any more', async () => {
    const llm = await LoopbackLlm.start();
    const plan = planOf(llm);
    const breaker = { failures: 20, patience: 300, longestPause: 60_000 };
    const backOff = { base: 50 };
    await using fleet = await openFleet({ plans: [plan], journalPath: await newJournal(), breaker, backOff });
    expect((await fleet.ask(question(plan, 'before'))).ok).toBe(true);
    await llm.stop();
    const asked = Array.from({ length: 200 }, (_, item) => fleet.ask(question(plan, item)));
    const settled = await Promise.allSettled(asked);
    expect(settled.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'breaker_open' } });
    await expect(fleet.ask(question(plan, 'after'))).rejects.toMatchObject({ code: 'breaker_open' });
  });

  it('cancels what is in flight when its signal aborts', async () => {
    await using llm = await LoopbackLlm.start({ always: 'hang' });
    const plan = planOf(llm);
    const controller = new AbortController();
    const { signal } = controller;
    await using fleet = await openFleet({ plans: [plan], journalPath: await newJournal(), signal });
    const settled = Promise.allSettled([0, 1, 1, 2].map((item) => fleet.ask(question(plan, item))));
    while ((await llm.stats()).inFlight < 3) await sleep(10);
    controller.abort();
    for (const end of await settled) expect(end).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
    while ((await llm.stats()).inFlight > 0) await sleep(10);
    await expect(fleet.ask(question(plan, 3))).rejects.toMatchObject({ code: 'aborted' });
  });

  it('lets what is in flight come to its end when it is closed', async () => {
    await using llm = await LoopbackLlm.start({ latency: 1_000 });
    const plan = planOf(llm);
    const journalPath = await newJournal();
    const fleet = await openFleet({ plans: [plan], journalPath, concurrency: 2 });
    const settled = Promise.allSettled(Array.from({ length: 50 }, (_, item) => fleet.ask(question(plan, item))));
    while ((await llm.stats()).inFlight < 2) await sleep(10);
    const closing = fleet.close();
    await expect(fleet.ask(question(plan, 'late'))).rejects.toMatchObject({ code: 'closed' });
    await closing;
    const { received } = await llm.stats();
    expect((await settled).filter(({ status }) => status === 'fulfilled')).toHaveLength(received);
    expect(await journalLines(journalPath)).toHaveLength(received);
    expect(received).toBeGreaterThanOrEqual(2);
    expect(received).toBeLessThan(10);
  });

  it('runs again what a dying worker took with it, and finds the one to blame', async () => {
    await using llm = await LoopbackLlm.start({ latency: 20 });
    const plan = planOf(llm);
    const journalPath = await newJournal();
    await using fleet = await openFleet({ plans: [plan], journalPath, concurrency: 40 });
    const mark = join(journalPath, '../died');
    const asked = Array.from({ length: 40 }, (_, item) => {
      const examination = item === 3 ? { die: 'always' } : item === 4 ? { die: mark } : {};
      return fleet.ask(question(plan, item, { examination }));
    });
    const kinds = (await Promise.all(asked)).map((answered) => (answered.ok ? 'ok' : answered.kind));
    expect(kinds[3]).toBe('worker_failed');
    expect(kinds.filter((kind) => kind === 'ok')).toHaveLength(39);
  });

  it('keeps an answer whose examination failed', async () => {
    await using llm = await LoopbackLlm.start();
    const plan = planOf(llm);
    const journalPath = await newJournal();
    await using fleet = await openFleet({ plans: [plan], journalPath });
    const answered = await fleet.ask(question(plan, 1, { examination: { fail: 'no such rule' } }));
    expect(answered).toMatchObject({
      ok: false,
      kind: 'worker_failed',
      detail: expect.stringContaining('no such rule') as unknown,
    });
    expect((await fleet.ask(question(plan, 1, { examination: {} }))).ok).toBe(true);
    expect((await llm.stats()).received).toBe(1);
  });

  it('takes over a journal whose last line is torn, and refuses a damaged one with its line number', async () => {
    await using llm = await LoopbackLlm.start();
    const plan = planOf(llm);
    const journalPath = await newJournal();
    const start = async (): Promise<void> => {
      await using fleet = await openFleet({ plans: [plan], journalPath });
      for (let item = 0; item < 3; item++) await fleet.ask(question(plan, item));
    };
    await start();
    const whole = await readFile(journalPath);
    await truncate(journalPath, whole.length - 10);
    await start();
    expect((await llm.stats()).received).toBe(4);
    expect(await readFile(journalPath)).toEqual(whole);
    const [first, , third] = whole.toString().split('\n');
    await writeFile(journalPath, `${first}\n{"key":{}}\n${third}\n`);
    await expect(start()).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringContaining('line 2 ') as unknown,
    });
  });

  it('replays a journal offline under whatever model name, and names what is not in it', async () => {
    const llm = await LoopbackLlm.start({ always: null });
    const plan = planOf(llm);
    const journalPath = await newJournal();
    const live = await openFleet({ plans: [plan], journalPath });
    const expected = await Promise.all([0, 1, 2].map((item) => live.ask(question(plan, item, { examination: {} }))));
    await live.close();
    await llm.stop();
    const replay = replayOf(journalPath, 'replay');
    await using fleet = await openFleet({ plans: [replay], journalPath: await newJournal() });
    const replayed = await Promise.all([0, 1, 2].map((item) => fleet.ask(question(replay, item, { examination: {} }))));
    expect(replayed).toEqual(expected.map((answered) => ({ ...answered, journaled: true })));
    await expect(fleet.ask(question(replay, 3))).rejects.toMatchObject({
      code: 'replay_miss',
      message: expect.stringContaining('evolve 3, deepening, sample 0, attempt 0') as unknown,
    });
  });

  it('replays each of several generators under its own name', async () => {
    await using llm = await LoopbackLlm.start();
    const journalPath = await newJournal();
    const plans = ['small', 'large'].map((name) =>
      planOf(llm, {
        name,
        source: { kind: 'openai', model: name, baseUrl: llm.baseUrl, keyEnv: null, body: {}, headers: {} },
      }),
    );
    const answersOf = async (fleet: Fleet, plan: GeneratorPlan): Promise<string[]> =>
      (await Promise.all(Array.from({ length: 8 }, (_, item) => fleet.ask(question(plan, item))))).map(textOf);
    const live = await openFleet({ plans, journalPath });
    const [ofSmall, ofLarge] = [await answersOf(live, plans[0]!), await answersOf(live, plans[1]!)];
    await live.close();
    expect(ofSmall).not.toEqual(ofLarge);
    const replays = ['small', 'large', 'medium'].map((name) => replayOf(journalPath, name));
    await using fleet = await openFleet({ plans: replays, journalPath: await newJournal() });
    expect(await answersOf(fleet, replays[0]!)).toEqual(ofSmall);
    expect(await answersOf(fleet, replays[1]!)).toEqual(ofLarge);
    await expect(fleet.ask(question(replays[2]!, 1))).rejects.toMatchObject({
      code: 'replay_miss',
      message: expect.stringContaining('large, small') as unknown,
    });
  });

  it('refuses a journal of something else', async () => {
    const journalPath = await newJournal();
    await appendFile(journalPath, '{"index":0,"status":"scored"}\n');
    await expect(openFleet({ plans: [], journalPath })).rejects.toMatchObject({ code: 'bad_data' });
  });
});
