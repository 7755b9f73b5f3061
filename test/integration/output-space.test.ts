import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadScorer, measureOutputSpace, type AnswerStatistics, type OutputSpace } from '../../src/index.js';
import { datasetOf, journalLines, lineageOf, seedFolder } from '../support/evolution.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { runCli } from '../support/run-cli.js';
import { readJsonLines } from '../support/scored-rows.js';
import { describeWithSmollm2, SMOLLM2 } from '../support/smollm2.js';

interface JournalLine {
  readonly messages: readonly object[];
  readonly answer: { readonly text: string };
}

describe('the output space of a run', { timeout: 120_000 }, () => {
  let llm: LoopbackLlm;
  beforeAll(async () => {
    llm = await LoopbackLlm.start();
  });
  afterAll(() => llm.stop());

  it('is that of all answers of an evolution, which have the ids of its lineage', async () => {
    const { folder, data } = await seedFolder(4);
    const run = join(folder, 'run');
    const args = ['evolve', data, '--llm', llm.spec, '--rounds', '2', '--respond', '--logprobs', '-o', run];
    expect((await runCli(args)).code).toBe(0);
    const answers: AnswerStatistics[] = [];
    const space = await measureOutputSpace(run, { logprobs: true, onAnswer: (answer) => answers.push(answer) });
    expect(space).toMatchObject({ answers: journalLines(run), unmeasured: [] });
    // The loopback server says of each token that another one was likelier: exp(-0.125).
    for (const { top1 } of space.groups) {
      expect(top1!.min).toBeCloseTo(Math.exp(-0.125), 6);
      expect(top1!.max).toBeCloseTo(Math.exp(-0.125), 6);
    }
    const survivors = lineageOf(run).filter(({ status }) => status === 'survived');
    expect(survivors.length).toBeGreaterThan(0);
    for (const { id, op, attempt, round } of survivors) {
      const own = answers.filter(({ stage, item }) => stage === 'evolve' && item === id);
      expect(own.at(-1)).toMatchObject({ operation: op, attempt, round });
    }
    for (const { id } of datasetOf(run)) {
      expect(answers.some(({ stage, item }) => stage === 'respond' && item === id)).toBe(true);
    }
    const rounds = new Set(space.groups.map(({ round }) => round));
    expect(rounds).toEqual(new Set([null, 1, 2]));

    await using scorer = await loadScorer({ model: 'pocket' });
    const { answers: measured } = await measureOutputSpace(run, { scorer });
    expect(measured).toBe(space.answers);
  });

  it('is not to be had of a run that replayed another: that one is to be named', async () => {
    const { folder, data } = await seedFolder(2);
    const [run, replayed] = [join(folder, 'run'), join(folder, 'replayed')];
    expect((await runCli(['respond', data, '--llm', llm.spec, '-o', run])).code).toBe(0);
    const spec = `replay:${join(run, 'journal.jsonl')}`;
    expect((await runCli(['respond', data, '--llm', spec, '-o', replayed])).code).toBe(0);
    await expect(measureOutputSpace(replayed, { scorer: { model: 'pocket' } })).rejects.toMatchObject({
      code: 'bad_data',
      message: expect.stringContaining('name the run that wrote that one') as unknown,
    });
  });
});

describeWithSmollm2("the output space under the generator's own weights", () => {
  it('has the token that was drawn at temperature 0 on top, nearly always', { timeout: 300_000 }, async () => {
    const { folder } = await seedFolder(1);
    const [data, run] = [join(folder, 'questions.jsonl'), join(folder, 'run')];
    const questions = ['Name three rivers of Europe.', 'What is 7 + 5?'].map((instruction) => ({ instruction }));
    await writeFile(data, questions.map((one) => `${JSON.stringify(one)}\n`).join(''));
    const spec = `gguf:${join(SMOLLM2, 'model.gguf')}`;
    const drawn = ['--max-tokens', '24', '--temperature', '0', '--retries', '0'];
    // Answers that are cut off are answers of the generator's.
    await runCli(['respond', data, '--llm', spec, ...drawn, '-o', run]);
    expect(journalLines(run)).toBe(2);

    await using scorer = await loadScorer({ model: SMOLLM2, dtype: 'f32' });
    const greedy: OutputSpace = await measureOutputSpace(run, { scorer });
    expect(greedy.answers).toBe(2);
    const sequences = readJsonLines<JournalLine>(join(run, 'journal.jsonl')).map(({ messages, answer }) => ({
      messages,
      text: answer.text,
      asAnswer: { mostTokens: Infinity },
    }));
    let [equal, positions] = [0, 0];
    for await (const result of scorer.nll(sequences, { stats: true })) {
      if (!result.ok) throw new Error(result.reason);
      for (const [place, nll] of result.nll.entries()) {
        positions++;
        if (Math.abs(Math.exp(-nll) - result.top1![place]!) < 1e-5) equal++;
      }
    }
    expect(greedy.groups[0]!.top1!.count).toBe(positions);
    // The file's weights are rounded, so that two tokens that are nearly as likely may change places.
    expect(equal / positions).toBeGreaterThan(0.9);
  });
});
