import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { measureOutputSpace } from '../../../../src/analyze/output-space/index.js';
import type { AnswerStatistics, OutputSpaceOptions } from '../../../../src/analyze/output-space/index.js';
import { leastEntropy } from '../../../../src/analyze/output-space/logprob-statistics.js';
import { journalText } from '../../../../src/llm/journal/journal-line.js';
import { loadScorer, type Scorer } from '../../../../src/score/index.js';
import { entryOf, logprobsOf, references, runOf, type Line } from './journal-run.js';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Measures a run, with what was told of each answer. */
async function measured(run: string, options: OutputSpaceOptions) {
  const answers: AnswerStatistics[] = [];
  const result = await measureOutputSpace(run, { ...options, onAnswer: (answer) => answers.push(answer) });
  return { answers, result };
}

const silent = { debug: () => {}, info: () => {}, error: () => {} };

describe('the output space under weights', () => {
  let scorer: Scorer;
  beforeAll(async () => {
    scorer = await loadScorer({ model: 'pocket', dtype: 'f32' });
  });
  afterAll(() => scorer.close());

  it('is that of transformers, position by position, whatever the answer begins with', async () => {
    const all = await references();
    const entries = all.map(({ messages, text }, item) =>
      entryOf({ messages, key: { item: String(item) }, answer: { text } }),
    );
    const run = await runOf(entries);
    for (const positions of [1, 2, 5, Infinity]) {
      const named = positions === Infinity ? 'all' : (`first:${positions}` as const);
      const { answers, result } = await measured(run, { scorer, positions: named });
      for (const [item, { top1, entropy }] of all.entries()) {
        const counted = Math.min(positions, top1.length);
        expect(answers[item]).toMatchObject({ item: String(item), positions: counted, unmeasured: null });
        expect(answers[item]!.top1).toBeCloseTo(mean(top1.slice(0, positions)), 4);
        expect(Math.abs(answers[item]!.entropy! - mean(entropy.slice(0, positions)))).toBeLessThan(1e-4);
      }
      const everything = all.flatMap(({ top1 }) => top1.slice(0, positions));
      const [group] = result.groups;
      expect(result).toMatchObject({ source: 'weights', model: 'pocket', positions: named, entropyIs: 'exact' });
      expect(group).toMatchObject({ generator: 'g', stage: 'evolve', operation: null, round: null, answers: 12 });
      expect(group!.top1!.count).toBe(everything.length);
      expect(group!.top1!.mean).toBeCloseTo(mean(everything), 4);
      expect(group!.top1!.max).toBeCloseTo(Math.max(...everything), 4);
    }
  });

  it('says of every answer that it leaves out why', async () => {
    const run = await runOf([
      entryOf({ key: { item: 'empty' }, answer: { text: '' } }),
      entryOf({ key: { item: 'long' }, messages: null }),
      entryOf({ key: { item: 'thought' }, answer: { reasoning: 'hm' } }),
      entryOf({ key: { item: 'cut' }, answer: { text: 'word '.repeat(2_000) } }),
      entryOf({ key: { item: 'failed' }, settled: { ok: false, kind: 'timeout', detail: '' } } as Line),
      entryOf({ key: { item: 'good' } }),
    ]);
    const { answers, result } = await measured(run, { scorer });
    expect(answers.map(({ item, unmeasured }) => [item, unmeasured?.reason ?? null])).toEqual([
      ['empty', 'empty_answer'],
      ['long', 'prompt_not_kept'],
      ['thought', 'reasoning_apart'],
      ['cut', 'not_scored'],
      ['good', null],
    ]);
    expect(result.answers).toBe(1);
    const cut = result.unmeasured.find(({ reason }) => reason === 'not_scored');
    expect(cut).toMatchObject({ answers: 1, detail: expect.stringContaining("the model's context of 1024") });
    const { result: first } = await measured(run, { scorer, positions: 'first:5' });
    expect(first.answers).toBe(2);
  });

  it('warns where the answers are those of another model, by its name', async () => {
    const warn = vi.fn();
    const asked = async (model: string): Promise<void> => {
      await measureOutputSpace(await runOf([entryOf({ model })]), { scorer, logger: { ...silent, warn } });
    };
    for (const model of ['pocket', 'pocket#0123456789ab', 'pocket-Q8_0.gguf', 'owner/Pocket']) await asked(model);
    expect(warn).not.toHaveBeenCalled();
    await asked('llama-3.1-8b');
    expect(warn.mock.calls.map(([, message]) => message)).toEqual([
      'the answers are those of llama-3.1-8b: the weights of pocket may not be its own',
    ]);
  });

  it('wants to know whose weights they are where several generators answered', async () => {
    const run = await runOf([entryOf({ generator: 'a' }), entryOf({ generator: 'b' }), entryOf({ generator: 'b' })]);
    await expect(measureOutputSpace(run, { scorer })).rejects.toMatchObject({
      code: 'bad_argument',
      message: `${run} has answers of a, b; say by \`generator\` whose weights these are`,
    });
    await expect(measureOutputSpace(run, { scorer, generator: 'c' })).rejects.toMatchObject({
      message: `\`generator\` c answered nothing in ${run}; it has answers of a, b`,
    });
    const seen: number[] = [];
    const result = await measureOutputSpace(run, {
      scorer,
      generator: 'b',
      onProgress: ({ answers, total }) => seen.push(answers, total),
    });
    expect(result.answers).toBe(2);
    expect(seen).toEqual([1, 2, 2, 2]);
  });

  it('refuses a model without a chat template by name', async () => {
    const base = await mkdtemp(join(tmpdir(), 'evosift-base-'));
    await cp('models/pocket', base, { recursive: true });
    await rm(join(base, 'chat_template.jinja'));
    const run = await runOf([entryOf({ messages: [{ role: 'user', content: 'Hi' }] })]);
    await expect(measureOutputSpace(run, { scorer: { model: base } })).rejects.toMatchObject({
      code: 'unsupported_tokenizer',
      message: expect.stringContaining(`${base} has no chat template`),
    });
  });

  it('goes on where it was ended, and measures nothing again', async () => {
    const all = await references();
    const entries = all.map(({ messages, text }, item) =>
      entryOf({ messages, key: { item: String(item) }, answer: { text } }),
    );
    const run = await runOf([entryOf({ key: { item: 'empty' }, answer: { text: '' } }), ...entries]);
    const kept = join(await mkdtemp(join(tmpdir(), 'evosift-kept-')), 'measured.jsonl');
    const whole = await measured(run, { scorer });
    const controller = new AbortController();
    const onAnswer = ({ item }: AnswerStatistics): void => (item === '4' ? controller.abort() : undefined);
    const ended = measureOutputSpace(run, { scorer, kept, onAnswer, signal: controller.signal });
    await expect(ended).rejects.toMatchObject({ code: 'aborted' });
    // As a process that is killed leaves it: a whole number of lines, and a torn one.
    const lines = readFileSync(kept, 'utf8').split('\n').slice(0, 3);
    expect(lines[2]).not.toBe('');
    await writeFile(kept, `${lines.join('\n')}\n${lines[0]!.slice(0, 50)}`);

    const linesOf = (): number => readFileSync(kept, 'utf8').trimEnd().split('\n').length;
    for (let start = 0; start < 2; start++) {
      expect(await measured(run, { scorer, kept })).toEqual(whole);
      expect(linesOf()).toBe(all.length);
    }
    expect(await measured(run, { scorer, kept, positions: 'first:2' })).toEqual(
      await measured(run, { scorer, positions: 'first:2' }),
    );
    expect(linesOf()).toBe(2 * all.length);
    await writeFile(kept, 'nonsense\n');
    await expect(measureOutputSpace(run, { scorer, kept })).rejects.toMatchObject({
      code: 'bad_data',
      message: `${kept} line 1 is damaged; remove that line, so that its answer is measured again`,
    });
  });

  it('stops at the signal', async () => {
    const run = await runOf([entryOf({}), entryOf({ key: { item: '1' } })]);
    const controller = new AbortController();
    const stopped = measureOutputSpace(run, {
      scorer,
      signal: controller.signal,
      onAnswer: () => controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('the output space by log-probabilities', () => {
  it('has the same top-1 as the weights, and entropies that are no larger than the true ones', async () => {
    const all = await references();
    const run = await runOf(
      all.map((one, item) =>
        entryOf({ key: { item: String(item) }, answer: { text: one.text, logprobs: logprobsOf(one) } }),
      ),
    );
    const { answers, result } = await measured(run, { logprobs: true, positions: 'first:3' });
    expect(result).toMatchObject({ source: 'logprobs', model: null, entropyIs: 'lower_bound', answers: all.length });
    for (const [item, { top1, entropy }] of all.entries()) {
      expect(answers[item]!.top1).toBeCloseTo(mean(top1.slice(0, 3)), 6);
      expect(answers[item]!.entropy!).toBeLessThanOrEqual(mean(entropy.slice(0, 3)));
      expect(answers[item]!.entropy!).toBeGreaterThan(0);
    }
  });

  it.each<[string, number[], number]>([
    ['all that there is', [0.5, 0.25, 0.25], 1.5 * Math.log(2)],
    ['one token of two', [0.75], -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25)],
    ['one token of many', [0.25], Math.log(4)],
    ['a certain token', [1], 0],
  ])('bound the entropy from below, knowing %s', (_what, known, nats) => {
    expect(leastEntropy(known.map(Math.log))).toBeCloseTo(nats, 12);
  });

  it('counts answers without them, and says what to do where there is none with them', async () => {
    const drawnOnly = [{ token: 'x', logprob: -1 }];
    const without = [entryOf({}), entryOf({ key: { item: '1' }, answer: { logprobs: drawnOnly } })];
    const [one] = await references();
    const kept = entryOf({ key: { item: '2' }, answer: { logprobs: logprobsOf(one!) } });
    const result = await measureOutputSpace(await runOf([...without, kept]), { logprobs: true });
    expect(result).toMatchObject({
      answers: 1,
      unmeasured: [{ reason: 'no_logprobs', answers: 2, detail: 'its server gave no log-probabilities' }],
    });
    const run = await runOf(without);
    await expect(measureOutputSpace(run, { logprobs: true })).rejects.toMatchObject({
      code: 'bad_data',
      message:
        `${run} kept no log-probabilities of the likeliest tokens; ask with \`logprobs\`, of a server that gives them, ` +
        "or measure under the generator's own weights",
    });
  });

  it('is told apart by generator, stage, operation and round', async () => {
    const [one] = await references();
    const answer = { logprobs: logprobsOf(one!) };
    const entries = [
      entryOf({ answer, key: { item: '0.0.1.0', operation: 'deepening' } }),
      entryOf({ answer, key: { item: '0.0.2.0', operation: 'breadth' } }),
      entryOf({ answer, key: { item: '1.0.1.0', operation: 'breadth' } }),
      entryOf({ answer, key: { item: '1', operation: 'respond', stage: 'respond' } }),
      entryOf({ answer, key: { item: 'step-1.0', operation: 'analyse', stage: 'optimise' } }),
    ];
    const groupsOf = async (kind: string) =>
      (await measureOutputSpace(await runOf(entries, kind), { logprobs: true })).groups.map(
        ({ stage, operation, round, answers }) => [stage, operation, round, answers],
      );
    const groups = await groupsOf('evolve');
    expect(groups[0]).toEqual(['evolve', null, null, 3]);
    expect(groups).toHaveLength(14);
    for (const group of [
      ['evolve', null, null, 3],
      ['evolve', 'breadth', null, 2],
      ['evolve', null, 1, 2],
      ['evolve', 'breadth', 1, 1],
      ['respond', null, 0, 1],
      ['optimise', 'analyse', null, 1],
    ]) {
      expect(groups).toContainEqual(group);
    }
    expect((await groupsOf('respond')).every(([, , round]) => round === null)).toBe(true);
  });
});

describe('a run that can not be measured', () => {
  const failing = async (run: string, message: string, options: object = { logprobs: true }) =>
    expect(measureOutputSpace(run, options)).rejects.toMatchObject({ code: 'bad_data', message });

  it('is no run, holds scores, or has no answers', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'evosift-none-'));
    await failing(empty, `${empty} is no run: it holds no manifest.json`);
    const scores = await runOf([], 'evolve');
    await writeFile(join(scores, 'manifest.json'), JSON.stringify({ version: 1, identity: {}, starts: [] }));
    const ask = 'name the run of evolve, respond or autoif that asked a generator';
    await failing(scores, `${scores} has no journal of answers: it holds scores; ${ask}`);
    const lost = await runOf([]);
    await rm(join(lost, 'journal.jsonl'));
    await failing(lost, `${lost} has no journal of answers: its journal.jsonl is missing; ${ask}`);
    const replayed = await runOf([entryOf({ settled: { ok: false, kind: 'timeout', detail: '' } } as Line)]);
    const path = join(replayed, 'journal.jsonl');
    await failing(
      replayed,
      `${path} has no answers; where the run replayed a journal, name the run that wrote that one`,
    );
  });

  it('was written before messages were kept, unless a later line completes it', async () => {
    const [one] = await references();
    const { messages, ...old } = entryOf({ answer: { logprobs: logprobsOf(one!) } });
    const run = await runOf([old]);
    const path = join(run, 'journal.jsonl');
    await failing(
      run,
      `${path} line 1 keeps no messages: an earlier evosift wrote it\n` +
        "give the run's own command again: nothing is asked anew, and the messages are kept",
    );
    await writeFile(path, readFileSync(path, 'utf8') + journalText({ ...old, messages: messages ?? null }));
    expect(await measureOutputSpace(run, { logprobs: true })).toMatchObject({ answers: 1 });
  });

  it.each<[object, string]>([
    [{}, "give the generator's own weights as `scorer`, or go by the servers' `logprobs`"],
    [{ scorer: { model: 'pocket' }, logprobs: true }, '`logprobs` takes the place of weights: leave `scorer` out'],
    [
      { logprobs: true, positions: 'first:0' },
      '`positions` must be all or first:N, N an integer of at least 1, not "first:0"',
    ],
  ])('is asked for with %j', async (options, message) => {
    const call = measureOutputSpace('.', options as OutputSpaceOptions);
    await expect(call).rejects.toMatchObject({ code: 'bad_argument', message: `measureOutputSpace: ${message}` });
  });
});
