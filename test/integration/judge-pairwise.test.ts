import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instructions, judgeFolder, judgeSummary, numberOf } from '../support/judged.js';
import { runCli } from '../support/run-cli.js';
import { readJsonLines } from '../support/scored-rows.js';
import { ScriptedLlm, type Script } from '../support/scripted-llm.js';

/**
 * Prefers the better answer of the first four rows, whatever the order; of the next two always the first that it sees; of
 * the next two it says nothing where it sees the better one first; all others are as good as each other.
 */
const script: Script = ({ instruction, variables }) => {
  const number = numberOf(instruction);
  const isFirst = String(variables['first']).startsWith('Good');
  if (number < 4) return `Better: ${isFirst ? 1 : 2}`;
  if (number < 6) return 'Better: 1';
  if (number < 8) return isFirst ? 'I cannot choose.' : 'Better: 2';
  return 'Better: tie';
};

/** The first set is better where `number` is even. */
const answers = (which: 'first' | 'second') =>
  instructions(10).map(({ instruction, input }, number) => ({
    id: `row-${number}`,
    instruction,
    input,
    output: (number % 2 === 0) === (which === 'first') ? `Good answer ${number}.` : `Bad answer ${number}.`,
  }));

interface Line {
  readonly index: number;
  readonly pairwise: string | null;
  readonly pairwise_orders: readonly (string | null)[];
  readonly pairwise_index: number | null;
  readonly reason: string | null;
}

describe('evosift judge pairwise', { timeout: 120_000 }, () => {
  let llm: ScriptedLlm;
  beforeAll(async () => {
    llm = await ScriptedLlm.start(script);
  });
  afterAll(() => llm[Symbol.asyncDispose]());
  const asking = (): readonly string[] => ['--llm', `openai:scripted@${llm.baseUrl}`, '--prompts', llm.prompts];

  it('asks in both orders, and takes what they agree in', async () => {
    const [first, second] = [answers('first'), answers('second').toReversed()];
    const extra = (instruction: string) => ({ instruction, output: 'Alone.' });
    const { at } = await judgeFolder({
      'a.jsonl': [...first, extra('Only in A.'), { instruction: '', output: 'x' }],
      'b.jsonl': [extra('Only in B.'), ...second, extra('In B, too.')],
    });
    const args = [
      'judge',
      'pairwise',
      at('a.jsonl'),
      at('b.jsonl'),
      ...asking(),
      '--run',
      at('run'),
      '-o',
      at('out.jsonl'),
    ];
    const { code, stdout } = await runCli([...args, '--json', '--retries', '0']);
    expect(code).toBe(0);
    const lines = readJsonLines<Line>(at('out.jsonl'));
    const of = (
      number: number,
      outcome: string | null,
      orders: readonly (string | null)[],
      reason: string | null = null,
    ) => ({
      index: number,
      pairwise: outcome,
      pairwise_orders: orders,
      pairwise_index: 10 - number,
      reason,
    });
    expect(
      lines.map(({ index, pairwise, pairwise_orders, pairwise_index, reason }) => ({
        index,
        pairwise,
        pairwise_orders,
        pairwise_index,
        reason,
      })),
    ).toEqual([
      of(0, 'win', ['win', 'win']),
      of(1, 'lose', ['lose', 'lose']),
      of(2, 'win', ['win', 'win']),
      of(3, 'lose', ['lose', 'lose']),
      of(4, 'tie', ['win', 'lose']),
      of(5, 'tie', ['win', 'lose']),
      // The better answer is the first set's in 6, the second's in 7.
      of(6, null, [null, 'win'], 'unparsable'),
      of(7, null, ['lose', null], 'unparsable'),
      of(8, 'tie', ['tie', 'tie']),
      of(9, 'tie', ['tie', 'tie']),
      { index: 10, pairwise: null, pairwise_orders: [], pairwise_index: null, reason: 'no_counterpart' },
      { index: 11, pairwise: null, pairwise_orders: [], pairwise_index: null, reason: 'empty_instruction' },
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      pairs: 10,
      only_first: 1,
      only_second: 2,
      rows: 12,
      judged: 8,
      unjudged: { empty_instruction: 1, no_counterpart: 1, unparsable: 2 },
      win: 2,
      tie: 4,
      lose: 2,
      win_rate: 0.5,
      // Rows 0 to 3: 4 times first; 4 and 5: 4 times; 6 and 7: twice second, as half of 0 to 3.
      positions: { first: 8, second: 6, tie: 4 },
      disagreements: 2,
      unparsable: 2,
    });
    expect(judgeSummary(at('run')).start.requests).toBe(20);
  });

  it('published: one order, and what can not be read is a tie', async () => {
    const { at } = await judgeFolder({ 'a.jsonl': answers('first'), 'b.jsonl': answers('second') });
    const args = [
      'judge',
      'pairwise',
      at('a.jsonl'),
      at('b.jsonl'),
      ...asking(),
      '--run',
      at('run'),
      '--preset',
      'published',
    ];
    const { code, stdout } = await runCli([...args, '--pair-by', 'id']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('10 judged; unparsable 1 (counted as ties)')]);
    const lines = readJsonLines<Line>(join(at('run'), 'verdicts.jsonl'));
    expect(lines.map(({ pairwise }) => pairwise)).toEqual([
      'win',
      'lose',
      'win',
      'lose',
      'win',
      'win',
      'tie',
      'lose',
      'tie',
      'tie',
    ]);
    expect(lines[6]).toMatchObject({ pairwise: 'tie', pairwise_orders: [null], reason: 'unparsable' });
    expect(judgeSummary(at('run'))).toMatchObject({ judged: 10, unjudged: {}, unparsable: 1, win: 4, tie: 3, lose: 3 });
  });

  it('published: ties of nonsense alone are no judging', async () => {
    await using mad = await ScriptedLlm.start(() => 'I like trains.');
    const { at } = await judgeFolder({ 'a.jsonl': answers('first'), 'b.jsonl': answers('second') });
    const asked = ['--llm', `openai:scripted@${mad.baseUrl}`, '--prompts', mad.prompts, '--run', at('run')];
    const { code } = await runCli([
      'judge',
      'pairwise',
      at('a.jsonl'),
      at('b.jsonl'),
      ...asked,
      '--preset',
      'published',
    ]);
    expect([code, judgeSummary(at('run'))]).toEqual([1, expect.objectContaining({ tie: 10, unparsable_ties: 10 })]);
  });

  it('holds no last exchange and no other instruction against each other, and counts what the whole of A has', async () => {
    const chat = (...contents: readonly string[]) => ({
      id: 'chat',
      messages: contents.map((content, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content })),
    });
    const of = (id: string, instruction: string) => ({ ...chat(instruction, 'Good.'), id });
    const { at } = await judgeFolder({
      'a.jsonl': [chat('Sing.', 'La.', 'Name 1 river.', 'Good.'), of('x', 'Name 2 rivers.'), of('y', 'Name 3 rivers.')],
      'b.jsonl': [chat('Dance.', 'No.', 'Name 1 river.', 'Bad.'), of('x', 'Name 9 rivers.'), of('y', 'Name 3 rivers.')],
    });
    const args = ['judge', 'pairwise', at('a.jsonl'), at('b.jsonl'), ...asking(), '--pair-by', 'id'];
    expect((await runCli([...args, '--run', at('run')])).code).toBe(0);
    const lines = readJsonLines<Line>(join(at('run'), 'verdicts.jsonl'));
    expect(lines.map(({ reason }) => reason)).toEqual(['multi_turn', 'other_instruction', null]);
    expect(judgeSummary(at('run'))).toMatchObject({ pairs: 2, unjudged: { multi_turn: 1, other_instruction: 1 } });

    await runCli([...args, '--run', at('first'), '--limit', '2']);
    expect(judgeSummary(at('first'))).toMatchObject({ pairs: 1, only_first: 0, only_second: 0 });
  });

  it('the verdicts join the scores of the first set', async () => {
    const { at } = await judgeFolder({ 'a.jsonl': answers('first'), 'b.jsonl': answers('second') });
    expect((await runCli(['score', at('a.jsonl'), '-m', 'pocket', '-o', at('scored')])).code).toBe(0);
    const args = [
      'judge',
      'pairwise',
      at('a.jsonl'),
      at('b.jsonl'),
      ...asking(),
      '--run',
      at('run'),
      '-o',
      at('out.jsonl'),
    ];
    expect((await runCli(args)).code).toBe(0);
    const rank = [
      'rank',
      at('scored'),
      '--join',
      at('out.jsonl'),
      '--where',
      "pairwise = 'win'",
      '-o',
      at('best.jsonl'),
    ];
    expect((await runCli(rank)).code).toBe(0);
    const best = readJsonLines<{ instruction: string }>(at('best.jsonl')).map((row) => numberOf(row.instruction));
    expect(best.toSorted()).toEqual([0, 2]);
  });

  it('pairs rows that have one instruction in their order', async () => {
    const row = (output: string) => ({ instruction: 'Name 0 rivers.', output });
    const chat = (content: string) => ({
      messages: [
        { role: 'user', content: 'Name 0 rivers.' },
        { role: 'assistant', content },
      ],
    });
    const { at } = await judgeFolder({
      'a.jsonl': [row('Good one.'), row('Bad two.'), row('Good three.')],
      'b.jsonl': [chat('Bad one.'), chat('Good two.')],
    });
    const args = ['judge', 'pairwise', at('a.jsonl'), at('b.jsonl'), ...asking(), '--run', at('run')];
    expect((await runCli(args)).code).toBe(0);
    const lines = readJsonLines<Line>(join(at('run'), 'verdicts.jsonl'));
    expect(lines.map(({ pairwise, pairwise_index }) => [pairwise, pairwise_index])).toEqual([
      ['win', 0],
      ['lose', 1],
      [null, null],
    ]);
  });

  it.each([
    ['one set', ['a.jsonl'], [], 2, 'must be two sets of answers, a file, glob, folder or run each, not 1'],
    ['sets without a row in common', ['a.jsonl', 'c.jsonl'], [], 1, 'have no instruction in common; --pair-by id'],
    [
      'sets without ids in common',
      ['a.jsonl', 'c.jsonl'],
      ['--pair-by', 'id'],
      1,
      'have no id in common; --pair-by instruction',
    ],
    ['a set that is not there', ['a.jsonl', 'd.jsonl'], [], 1, 'd.jsonl'],
  ])('%s: says what is wrong', async (_name, sets, also, status, message) => {
    const { at } = await judgeFolder({
      'a.jsonl': answers('first'),
      'c.jsonl': [{ instruction: 'Sing.', output: 'La.' }],
    });
    const { code, stderr } = await runCli([
      'judge',
      'pairwise',
      ...sets.map(at),
      ...also,
      ...asking(),
      '--run',
      at('run'),
    ]);
    expect([code, stderr]).toEqual([status, expect.stringContaining(message)]);
  });
});
