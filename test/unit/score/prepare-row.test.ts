import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Conversation, Exchange, Message } from '../../../src/rows/example.js';
import type { ScoreOptions } from '../../../src/score/score-options.js';
import { prepareOptions } from '../../support/prepare-options.js';
import { prepareRow } from '../../../src/score/sequences/prepare-row.js';
import type { PreparedRow } from '../../../src/score/sequences/prepared-row.js';
import type { RecipeName } from '../../../src/score/recipes/recipe.js';
import { loadTokenizer, type Tokenizer } from '../../../src/text/tokenizer.js';
import { kitDirectory, POCKET, readTextFixture } from '../../support/text-fixtures.js';

interface PassCase {
  readonly tokenizer: string;
  readonly recipe: RecipeName;
  readonly limit: number;
  readonly row: readonly [string, string, string];
  readonly whole: number[];
  readonly start: number;
  readonly direct: number[];
  readonly direct_start: number;
  readonly prompt: number;
}

const exchange = (instruction: string, input: string, response: string, also: Partial<Exchange> = {}): Exchange => ({
  kind: 'exchange',
  instruction,
  input,
  response,
  system: '',
  history: [],
  ...also,
});

const MODEL = { contextLength: 4096, vocabSize: 100_000 };

/** Positions [from, to) of each sequence that a loss averages. */
function positions(row: PreparedRow, parts: Int32Array): [sequence: number, position: number][] {
  const scored = row.sequences.flatMap(({ spans }, sequence) => {
    const pairs: [number, number][] = [];
    for (let i = 0; i < spans.length; i += 2) {
      for (let at = spans[i]!; at < spans[i + 1]!; at++) pairs.push([sequence, at]);
    }
    return pairs;
  });
  const chosen: [number, number][] = [];
  for (let i = 0; i < parts.length; i += 2) chosen.push(...scored.slice(parts[i], parts[i + 1]));
  return chosen;
}

const range = (sequence: number, from: number, to: number): [number, number][] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => [sequence, from + i]);

describe.each(['pocket', 'smollm2', 'byte-bos-eos', 'unigram'])('with the tokenizer %s', (name) => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer(kitDirectory(name));
  });
  const cases = readTextFixture<PassCase[]>('passes.json').filter((one) => one.tokenizer === name);

  test.each(cases)('$recipe feeds the model what the published script does: $row.0', async (one) => {
    const options = prepareOptions({ recipe: one.recipe, maxLength: one.limit }, MODEL);
    const [row] = await prepareRow(exchange(...one.row), tokenizer, options);
    const { whole, direct } = one;
    expect(row!.tokensInstruction).toBe(one.prompt);
    // Sequences of which nothing is scored are left out.
    const hasWhole = whole.length > 1;
    const hasDirect = direct.length > Math.max(one.direct_start, 1);
    const expected = [...(hasWhole ? [whole] : []), ...(hasDirect ? [direct] : [])];
    expect(row!.sequences.map(({ ids }) => [...ids])).toEqual(expected);
    expect(positions(row!, row!.lossQ)).toEqual(range(0, 1, Math.min(one.start, whole.length)));
    expect(positions(row!, row!.lossAGivenQ)).toEqual(range(0, Math.max(one.start, 1), whole.length));
    expect(positions(row!, row!.lossA)).toEqual(range(hasWhole ? 1 : 0, Math.max(one.direct_start, 1), direct.length));
    const missing = [row!.lossQ, row!.lossAGivenQ, row!.lossA].some((parts) => parts.length === 0);
    expect(row!.reason !== null).toBe(missing);
  });
});

describe('rows get reasons', () => {
  let pocket: Tokenizer;
  beforeAll(async () => {
    pocket = await loadTokenizer(POCKET);
  });
  const prepare = (row: Exchange | Conversation, request: ScoreOptions = {}): Promise<PreparedRow[]> =>
    prepareRow(row, pocket, prepareOptions(request, { contextLength: 1024, vocabSize: 4096 }));
  const reasonOf = async (row: Exchange | Conversation, request: ScoreOptions = {}): Promise<unknown> =>
    (await prepare(row, request)).map(({ reason }) => reason);
  const words = (count: number): string => 'word '.repeat(count);
  const ALL: readonly RecipeName[] = ['paper', 'superfiltering', 'cherry', 'aligned'];

  test.each(ALL)('%s: empty instruction and empty response', async (recipe) => {
    expect(await reasonOf(exchange('', '', 'a'), { recipe })).toEqual(['empty_instruction']);
    expect(await reasonOf(exchange(' \n', '', 'a'), { recipe })).toEqual(['empty_instruction']);
    expect(await reasonOf(exchange('q', '', ''), { recipe })).toEqual(['empty_response']);
    expect(await reasonOf(exchange('q', '', '\t\n'), { recipe })).toEqual(['empty_response']);
  });

  test.each(['paper', 'superfiltering', 'cherry'] as const)(
    '%s: an instruction without a response has its own loss all the same, and no other',
    async (recipe) => {
      const [answered] = await prepare(exchange('Name three rivers.', '', 'The Rhine.'), { recipe });
      const [blank] = await prepare(exchange('Name three rivers.', '', ''), { recipe });
      expect(blank!.sequences).toHaveLength(1);
      expect(blank!.lossQ).toEqual(answered!.lossQ);
      expect(blank!.lossQ).toHaveLength(2);
      expect([blank!.lossAGivenQ.length, blank!.lossA.length]).toEqual([0, 0]);
    },
  );

  test('an input alone is an instruction', async () => {
    expect(await reasonOf(exchange('', 'the quick brown fox', 'jumps over'))).toEqual([null]);
  });

  test('paper: a one-token instruction has no L(Q), a one-token response no L(A); what exists is scored', async () => {
    const [short] = await prepare(exchange('x', '', 'a longer answer'));
    expect(short).toMatchObject({ reason: 'instruction_too_short', lossQ: new Int32Array() });
    expect(short!.lossAGivenQ).not.toHaveLength(0);
    expect(short!.lossA).not.toHaveLength(0);
    const [answer] = await prepare(exchange('Give one digit.', '', '7'));
    expect(answer).toMatchObject({ reason: 'response_too_short', lossA: new Int32Array() });
    expect(answer!.lossAGivenQ).not.toHaveLength(0);
    expect(answer!.sequences).toHaveLength(1);
  });

  test('aligned scores rows of one token: the first token is there to score them after', async () => {
    expect(await reasonOf(exchange('x', '', 'y'), { recipe: 'aligned' })).toEqual([null]);
  });

  test.each(['paper', 'aligned'] as const)('%s: rows over the limit are skipped, or cut when asked', async (recipe) => {
    const row = exchange(words(10), '', words(40));
    const [skipped] = await prepare(row, { recipe, maxLength: 30 });
    expect(skipped).toMatchObject({ reason: 'too_long', sequences: [], truncated: false });
    const [cut] = await prepare(row, { recipe, maxLength: 30, overflow: 'truncate' });
    expect(cut).toMatchObject({ reason: null, truncated: true });
    expect(Math.max(...cut!.sequences.map(({ ids }) => ids.length))).toBe(30);
    expect(
      await reasonOf(exchange(words(60), '', 'tail of it'), { recipe, maxLength: 30, overflow: 'truncate' }),
    ).toEqual(['too_long']);
  });

  test('paper, cut: the response alone has the tokens that are left of it in context', async () => {
    const [cut] = await prepare(exchange(words(10), '', words(40)), { maxLength: 30, overflow: 'truncate' });
    const [whole, alone] = cut!.sequences;
    // In context, one token for the newline stands before the answer.
    expect(alone!.ids).toEqual(whole!.ids.slice(cut!.tokensInstruction + 1));
  });

  test.each(['superfiltering', 'cherry'] as const)('%s cuts by definition', async (recipe) => {
    const [row] = await prepare(exchange('a question', '', words(400)), { recipe, maxLength: 200 });
    expect(row).toMatchObject({ reason: null, truncated: true });
    expect(await reasonOf(exchange(words(400), '', 'tail'), { recipe, maxLength: 200 })).toEqual(['too_long']);
  });

  test('a limit beyond the context, or a template that the recipe does not know, is refused', () => {
    const model = { contextLength: 1024, vocabSize: 4096 };
    expect(() => prepareOptions({ maxLength: 2000 }, model)).toThrow(/2000 tokens is more than .* \(1024\)/);
    expect(() => prepareOptions({ recipe: 'cherry', template: 'chat' }, model)).toThrow(
      /cherry has no `template` "chat"/,
    );
    expect(prepareOptions({ recipe: 'superfiltering' }, { ...model, contextLength: 512 }).limit).toBe(512);
    expect(prepareOptions({ recipe: 'cherry' }, model).limit).toBe(512);
    expect(prepareOptions({}, model)).toMatchObject({ recipe: 'paper', template: 'bare', limit: 1024 });
  });

  test('ids beyond the vocabulary name the token', async () => {
    const options = prepareOptions({}, { contextLength: 1024, vocabSize: 300 });
    await expect(prepareRow(exchange('What is the capital of France?', '', 'Paris'), pocket, options)).rejects.toThrow(
      /^Token \d+ \(".+"\) is outside the model's vocabulary of 300\.\nThe tokenizer in /,
    );
  });
});

describe('rows of several turns', () => {
  let pocket: Tokenizer;
  beforeAll(async () => {
    pocket = await loadTokenizer(POCKET);
  });
  const prepare = (row: Exchange | Conversation, request: ScoreOptions = {}): Promise<PreparedRow[]> =>
    prepareRow(row, pocket, prepareOptions(request, { contextLength: 1024, vocabSize: 4096 }));
  const talk = (...messages: readonly (readonly [Message['role'], string])[]): Conversation => ({
    kind: 'conversation',
    messages: messages.map(([role, content]) => ({ role, content })),
  });
  const two = talk(
    ['system', 'Be brief.'],
    ['assistant', 'Welcome!'],
    ['user', 'What is the capital of France?'],
    ['assistant', 'It is Paris.'],
    ['user', 'And that of Italy?'],
    ['assistant', 'That is Rome.'],
    ['user', 'Thanks'],
  );

  test.each(['paper', 'superfiltering', 'cherry'] as const)(
    '%s rejects them unless told which to take',
    async (recipe) => {
      expect(await prepare(two, { recipe })).toMatchObject([{ reason: 'multi_turn', turn: null, sequences: [] }]);
      const history = exchange('And that of Italy?', '', 'That is Rome.', { history: [['Hi there', 'Hello you']] });
      expect(await prepare(history, { recipe })).toMatchObject([{ reason: 'multi_turn' }]);
    },
  );

  test.each(['paper', 'superfiltering', 'cherry'] as const)(
    '%s: last and each take an exchange by itself',
    async (recipe) => {
      const [first] = await prepare(exchange('What is the capital of France?', '', 'It is Paris.'), { recipe });
      const [second] = await prepare(exchange('And that of Italy?', '', 'That is Rome.'), { recipe });
      const ignored = ['system'];
      expect(await prepare(two, { recipe, turns: 'last' })).toEqual([{ ...second, turn: 1, ignored }]);
      expect(await prepare(two, { recipe, turns: 'each' })).toEqual([
        { ...first, turn: 0, ignored },
        { ...second, turn: 1, ignored },
      ]);
      const history = exchange('And that of Italy?', '', 'That is Rome.', {
        history: [['What is the capital of France?', 'It is Paris.']],
      });
      expect(await prepare(history, { recipe, turns: 'each' })).toEqual([
        { ...first, turn: 0 },
        { ...second, turn: 1 },
      ]);
    },
  );

  test('one exchange in the form of messages is one exchange; its system message is left out', async () => {
    const [plain] = await prepare(exchange('Say hello', '', 'hello there'));
    const messages = talk(
      ['system', 'Be kind.'],
      ['user', 'Say hello'],
      ['assistant', 'hello there'],
      ['user', 'more'],
    );
    const withSystem = { ...plain, ignored: ['system'] };
    expect(await prepare(messages)).toEqual([withSystem]);
    expect(await prepare(exchange('Say hello', '', 'hello there', { system: 'Be kind.' }))).toEqual([withSystem]);
  });

  test('what a tool answered is part of what was asked', async () => {
    const [plain] = await prepare(exchange('{"temperature":21}', '', 'It is 21 degrees.'));
    const messages = talk(
      ['user', 'Weather?'],
      ['assistant', 'call weather()'],
      ['tool', '{"temperature":21}'],
      ['assistant', 'It is 21 degrees.'],
    );
    expect(await prepare(messages, { turns: 'last' })).toEqual([{ ...plain, turn: 1 }]);
  });

  test.each(['paper', 'aligned'] as const)('%s: no assistant turn', async (recipe) => {
    expect(await prepare(talk(['user', 'hello?']), { recipe })).toMatchObject([{ reason: 'no_assistant_turn' }]);
    expect(await prepare(talk(['assistant', 'Welcome!'], ['user', 'hm']), { recipe })).toMatchObject([
      { reason: 'no_assistant_turn' },
    ]);
  });

  test('aligned, each: a turn is scored with all that precedes it', async () => {
    const request = { recipe: 'aligned', turns: 'each' } as const;
    const [whole] = await prepare(two, { recipe: 'aligned' });
    const [first, second] = await prepare(two, request);
    expect([first!.turn, second!.turn]).toEqual([0, 1]);
    expect(first!.turns).toEqual([]);
    expect([...second!.sequences[0]!.ids]).toEqual([...whole!.sequences[0]!.ids]);
    const context = first!.sequences[0]!.ids;
    expect(context).toEqual(whole!.sequences[0]!.ids.slice(0, context.length));
    expect(await prepare(two, { ...request, turns: 'last' })).toEqual([second]);
    // The answers of both turns together are those of the whole.
    const count = (row: PreparedRow): number => positions(row, row.lossAGivenQ).length;
    expect(count(first!) + count(second!)).toBe(count(whole!));
  });

  test('aligned: an answer before any question is context and not scored', async () => {
    const [row] = await prepare(two, { recipe: 'aligned' });
    const welcome = await pocket.encode('Welcome!', { addSpecialTokens: false });
    const [whole] = row!.sequences;
    const at = [...whole!.ids].findIndex((_, i) => welcome.every((id, j) => whole!.ids[i + j] === id));
    expect(at).toBeGreaterThan(0);
    const scored = [...positions(row!, row!.lossQ), ...positions(row!, row!.lossAGivenQ)]
      .filter(([sequence]) => sequence === 0)
      .map(([, position]) => position);
    for (const i of welcome.keys()) expect(scored).not.toContain(at + i);
  });

  test('aligned: cut text drops the turns beyond it and scores the same tokens alone', async () => {
    const [row] = await prepare(two, { recipe: 'aligned', maxLength: 32, overflow: 'truncate' });
    expect(row).toMatchObject({ reason: null, truncated: true });
    expect(positions(row!, row!.lossA).length).toBe(positions(row!, row!.lossAGivenQ).length);
    expect(row!.sequences[0]!.ids).toHaveLength(32);
  });

  test('aligned: a blank answer among others is left out', async () => {
    const messages = talk(
      ['user', 'Hi'],
      ['assistant', ' \n '],
      ['user', 'Give three tips.'],
      ['assistant', 'Eat, sleep, run.'],
    );
    const [whole] = await prepare(messages, { recipe: 'aligned' });
    const [first, second] = await prepare(messages, { recipe: 'aligned', turns: 'each' });
    expect(first).toMatchObject({ reason: 'empty_response', turn: 0, sequences: [] });
    expect(second!.reason).toBeNull();
    expect(positions(whole!, whole!.lossAGivenQ)).toEqual(positions(second!, second!.lossAGivenQ));
    expect(whole!.turns.map(({ lossAGivenQ }) => lossAGivenQ.length)).toEqual([0, 2]);
  });

  test('aligned: a conversation that the chat template refuses says so', async () => {
    const tokenizer = await loadTokenizer(kitDirectory('mark-config'));
    const options = prepareOptions({ recipe: 'aligned', template: 'chat' }, MODEL);
    expect(await prepareRow(two, tokenizer, options)).toMatchObject([
      { reason: 'malformed_row', detail: expect.stringContaining('System role not supported') },
    ]);
  });

  test('aligned needs a first token, and its template chat a chat template', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evosift-prepare-'));
    cpSync(join(kitDirectory('unigram'), 'tokenizer.json'), join(folder, 'tokenizer.json'));
    const nameless = await loadTokenizer(folder);
    rmSync(folder, { recursive: true });
    const options = (template: 'bare' | 'chat') => prepareOptions({ recipe: 'aligned', template }, MODEL);
    await expect(prepareRow(two, nameless, options('bare'))).rejects.toThrow(
      /needs a tokenizer with a BOS or EOS token/,
    );
    await expect(prepareRow(two, nameless, options('chat'))).rejects.toThrow(/has no chat template/);
  });
});
