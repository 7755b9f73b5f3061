import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evolve } from '../../src/evolve/evolve.js';
import type { GenerationProgress } from '../../src/ask/progress.js';
import { journalLines, seedFolder } from '../support/evolution.js';
import { planOf } from '../support/fleet-fixture.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { runCli } from '../support/run-cli.js';

describe('the progress of generators', { timeout: 120_000 }, () => {
  it.each([
    ['evolve', 6, ['--rounds', '2']],
    ['respond', 12, []],
  ])('of `%s` counts questions, from the first answers on', async (command, rows, options) => {
    await using llm = await LoopbackLlm.start({ latency: 700 });
    const { folder, data } = await seedFolder(rows);
    const args = [command, '--llm', llm.spec, data, ...options, '--concurrency', '2', '-o', join(folder, 'run')];
    const { code, stderr } = await runCli(args);
    expect(code).toBe(0);
    const told = stderr.split('\n').flatMap((line) => {
      const found = /^\w+ (\d+)\/12 questions, [\d.]+ questions\/(?:s|min), \d+ tokens\/s/.exec(line);
      return found === null ? [] : [{ line, answered: Number(found[1]) }];
    });
    // Where the machine is busy, a line or two may come before the first answer.
    const first = told.find(({ answered }) => answered > 0)?.line;
    expect(first).toMatch(command === 'evolve' ? / left(, round [12]: \d\/6)+, \d in flight$/ : / left, \d in flight$/);
  });

  it('ends with as many questions answered as planned, those of the journal among them', async () => {
    await using llm = await LoopbackLlm.start();
    const { folder, data } = await seedFolder(9);
    const run = join(folder, 'run');
    const seen: GenerationProgress[] = [];
    const options = { data: [data], generators: [planOf(llm)], respond: true, out: run };
    const onProgress = (now: GenerationProgress): void => void seen.push(now);
    await evolve({ ...options, rounds: 1 });
    const before = journalLines(run);
    await evolve({ ...options, rounds: 2, onProgress });
    const asked = journalLines(run);
    expect(seen.at(-1)).toMatchObject({ rows: 9, total: 9, answered: asked, planned: asked, journaled: before });
    expect(seen.at(-1)?.parts.map(({ name }) => name)).toEqual(['round 1', 'round 2']);
  });

  it("tells the optimiser's step and candidate", async () => {
    await using llm = await LoopbackLlm.start({
      latency: 300,
      answer: new URL('../support/loopback-llm/by-method.mjs', import.meta.url).href,
    });
    const { folder, data } = await seedFolder(10);
    const seen: GenerationProgress[] = [];
    await evolve({
      data: [data],
      generators: [planOf(llm)],
      method: 'auto',
      auto: { optimise: true, steps: 1, batch: 3, development: 4, candidates: 2 },
      concurrency: 4,
      out: join(folder, 'run'),
      onProgress: (now) => void seen.push(now),
    });
    const told = seen.flatMap(({ parts }) =>
      parts.filter(({ answered, planned }) => 0 < answered && answered < planned),
    );
    const names = new Set(told.map(({ name }) => name));
    expect(names).toContain('step 1 of 1');
    expect([...names].some((name) => /^step 1 of 1, candidate [12] of 2$/.test(name))).toBe(true);
    const end = seen.at(-1);
    expect(end?.answered).toBe(end?.planned);
  });

  it('names a server that answers nothing in time, once, and what can be done', async () => {
    await using llm = await LoopbackLlm.start({ always: 'hang' });
    const { folder, data } = await seedFolder(4);
    const limits = ['--timeout', '0.4', '--concurrency', '4', '--budget-requests', '8'];
    const args = ['evolve', data, '--llm', llm.spec, ...limits, '-o', join(folder, 'run')];
    const warning = `openai:loopback at ${llm.baseUrl} has answered none of 3 requests within 0.4 s each`;
    const { code, stderr } = await runCli(args);
    expect(code).toBe(3);
    expect(stderr.split('\n').filter((line) => line.includes('has answered none'))).toEqual([
      expect.stringContaining(warning),
    ]);
    for (const option of ['--timeout', '--max-tokens', '--concurrency']) expect(stderr).toContain(option);
  });

  it('does not call a server silent that answers some', async () => {
    await using llm = await LoopbackLlm.start({ faultShare: 0.6, faults: ['hang'] });
    const { folder, data } = await seedFolder(12);
    const args = ['evolve', data, '--llm', llm.spec, '--timeout', '2', '-o', join(folder, 'run')];
    const { code, stderr, stdout } = await runCli(args);
    expect(code).toBe(0);
    expect(Number(/timeout (\d+)/.exec(stdout)?.[1])).toBeGreaterThanOrEqual(3);
    expect(stderr).not.toContain('has answered none');
  });
});
