import { beforeAll, describe, expect, test } from 'vitest';
import type { Conversation, Message } from '../../../src/rows/example.js';
import { prepareOptions } from '../../support/prepare-options.js';
import { prepareRow } from '../../../src/score/sequences/prepare-row.js';
import type { TemplateName } from '../../../src/score/recipes/recipe.js';
import { loadTokenizer, type Tokenizer } from '../../../src/text/tokenizer.js';
import { kitDirectory, POCKET, readTextFixture } from '../../support/text-fixtures.js';

interface AlignedCase {
  readonly template: TemplateName;
  readonly messages: readonly Message[];
  readonly ids: number[];
  readonly tokens_q: number;
  readonly tokens_a: number;
  readonly turns: readonly unknown[];
}

type ChatCase = { readonly tokenizer: string; readonly title: string; readonly messages: readonly Message[] } & (
  { readonly refused: string } | { readonly text: string; readonly ids: number[]; readonly tokens: number[][] }
);

const conversation = (messages: readonly Message[]): Conversation => ({ kind: 'conversation', messages });
const total = (parts: Int32Array): number => parts.reduce((sum, value, i) => sum + (i % 2 === 0 ? -value : value), 0);

describe('the passes of aligned', () => {
  let pocket: Tokenizer;
  beforeAll(async () => {
    pocket = await loadTokenizer(POCKET);
  });

  test.each(readTextFixture<AlignedCase[]>('aligned.json'))('$template, $turns.length turns', async (one) => {
    const options = prepareOptions(
      { recipe: 'aligned', template: one.template },
      { contextLength: 1024, vocabSize: 4096 },
    );
    const [row] = await prepareRow(conversation(one.messages), pocket, options);
    expect(row!.reason).toBeNull();
    expect([...row!.sequences[0]!.ids]).toEqual(one.ids);
    expect(total(row!.lossQ)).toBe(one.tokens_q);
    expect(total(row!.lossAGivenQ)).toBe(one.tokens_a);
    expect(total(row!.lossA)).toBe(one.tokens_a);
    expect(row!.sequences).toHaveLength(1 + one.turns.length);
    expect(row!.turns).toHaveLength(one.turns.length > 1 ? one.turns.length : 0);
  });
});

describe.each(['pocket', 'smollm2', 'byte-bos-eos', 'mark-config'])('the chat template of %s', (name) => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer(kitDirectory(name));
  });
  const cases = readTextFixture<ChatCase[]>('chat.json').filter((one) => one.tokenizer === name && !('refused' in one));

  test.each(cases)('scores the tokens of contents and no others: $title', async (one) => {
    if ('refused' in one) return;
    const options = prepareOptions(
      { recipe: 'aligned', template: 'chat' },
      { contextLength: 4096, vocabSize: 100_000 },
    );
    const [row] = await prepareRow(conversation(one.messages), tokenizer, options);
    const [whole, ...alone] = row!.sequences;
    const scored: number[] = [];
    for (let i = 0; i < whole!.spans.length; i += 2) {
      for (let at = whole!.spans[i]!; at < whole!.spans[i + 1]!; at++) scored.push(at);
    }
    expect(scored).toEqual(one.tokens.flat());
    expect([...whole!.ids]).toEqual(one.ids.slice(0, one.tokens.flat().at(-1)! + 1));
    const answers = one.tokens.filter((tokens, i) => one.messages[i]!.role === 'assistant' && tokens.length > 0);
    expect(alone.map(({ ids }) => Array.from(ids.subarray(1)))).toEqual(
      answers.map((tokens) => tokens.map((at) => one.ids[at])),
    );
    expect(alone.every(({ ids }) => ids[0] === (tokenizer.bosId ?? tokenizer.eosId))).toBe(true);
  });
});
