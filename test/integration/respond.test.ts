import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datasetOf, journalLines, resultOf, seedFolder } from '../support/evolution.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { runCli } from '../support/run-cli.js';
import { readJsonLines } from '../support/scored-rows.js';

describe('evosift respond', { timeout: 120_000 }, () => {
  let llm: LoopbackLlm;
  beforeAll(async () => {
    llm = await LoopbackLlm.start();
  });
  afterAll(async () => {
    await llm.stop();
  });

  it('answers the versions of an evolution, and keeps where they come from', async () => {
    const { folder, data } = await seedFolder(5);
    const [run, answered] = [join(folder, 'run'), join(folder, 'answered')];
    expect((await runCli(['evolve', data, '--llm', llm.spec, '-o', run])).code).toBe(0);
    expect(datasetOf(run).map(({ output }) => output)).toEqual(['', '', '', '', '']);
    const { code, stdout } = await runCli(['respond', run, '--llm', llm.spec, '-o', answered, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 5, responses: 5, unanswered: {}, skipped: {}, complete: true });
    const rows = datasetOf(answered);
    expect(rows.map(({ id, lineage, round, instruction }) => ({ id, lineage, round, instruction }))).toEqual(
      datasetOf(run).map(({ id, lineage, round, instruction }) => ({ id, lineage, round, instruction })),
    );
    expect(rows.every(({ output }) => output !== '')).toBe(true);
  });

  it("keeps a generator's reasoning apart, where score finds it", async () => {
    await using thoughtful = await LoopbackLlm.start({ reasoning: 'First the gates, then the water.' });
    const { folder, data } = await seedFolder(2);
    const [run, scored] = [join(folder, 'run'), join(folder, 'scored')];
    expect((await runCli(['respond', data, '--llm', thoughtful.spec, '-o', run])).code).toBe(0);
    const rows = readJsonLines<Record<string, unknown>>(join(run, 'dataset.jsonl'));
    expect(rows.map((row) => row['reasoning_content'])).toEqual(Array(2).fill('First the gates, then the water.'));
    expect((await runCli(['score', join(run, 'dataset.jsonl'), '-m', 'pocket', '-o', scored])).code).toBe(0);
    for (const line of readJsonLines<Record<string, number>>(join(scored, 'scores.jsonl'))) {
      expect(line).toMatchObject({ status: 'scored', reasoning: 'include', tokens_calls: 0 });
      expect(line['tokens_reasoning']! + line['tokens_text']!).toBe(line['tokens_a']);
    }
  });

  it('answers anew what has answers, and sends nothing that is in its journal', async () => {
    const { folder, data } = await seedFolder(9);
    const run = join(folder, 'run');
    const args = ['respond', data, '--llm', llm.spec, '-o', run];
    expect((await runCli([...args, '--limit', '4'])).code).toBe(0);
    expect(journalLines(run)).toBe(4);
    const before = (await llm.stats()).received;
    expect((await runCli(args)).code).toBe(0);
    expect((await llm.stats()).received).toBe(before + 5);
    const seeds = readJsonLines<{ output: string }>(data);
    for (const [index, { output }] of datasetOf(run).entries()) expect(output).not.toBe(seeds[index]?.output);

    const replayed = join(folder, 'replayed');
    const spec = `replay:${join(run, 'journal.jsonl')}`;
    expect((await runCli(['respond', data, '--llm', spec, '-o', replayed])).code).toBe(0);
    expect(await resultOf(replayed)).toEqual(await resultOf(run));
  });

  it('says why rows have no answer', async () => {
    await using mute = await LoopbackLlm.start({
      answer: new URL('../support/loopback-llm/mute.mjs', import.meta.url).href,
    });
    const { folder } = await seedFolder(0);
    const data = join(folder, 'rows.jsonl');
    const rows = [
      { instruction: 'Say nothing.' },
      { instruction: '' },
      { instruction: 'Edit <instruction>a b c</instruction>' },
    ];
    await writeFile(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const run = join(folder, 'run');
    const { code, stdout } = await runCli(['respond', data, '--llm', mute.spec, '-o', run, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      rows: 3,
      responses: 1,
      unanswered: { empty: 1 },
      skipped: { empty_instruction: 1 },
    });
  });

  it('takes one generator', async () => {
    const { data } = await seedFolder(1);
    const { code, stderr } = await runCli(['respond', data, '--llm', 'openai:a@http://x/v1', 'openai:b@http://x/v1']);
    expect(code).toBe(2);
    expect(stderr).toContain('takes one --llm');
  });
});
