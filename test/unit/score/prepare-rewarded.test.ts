import { cpSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, test } from 'vitest';
import type { Conversation, Message } from '../../../src/rows/example.js';
import { prepareRewarded, type RewardedOptions } from '../../../src/score/rewards/prepare-rewarded.js';
import { settleRewardOptions } from '../../../src/score/rewards/reward-options.js';
import { loadTokenizer, type Tokenizer } from '../../../src/text/tokenizer.js';
import { kitDirectory, POCKET, readTextFixture } from '../../support/text-fixtures.js';

interface ChatCase {
  readonly tokenizer: string;
  readonly title: string;
  readonly messages: readonly Message[];
  readonly refused?: string;
  readonly ids: number[];
}

const MODEL = { contextLength: 4096, vocabSize: 100_000, slabTokens: 2_048 };
const options = (given: Partial<RewardedOptions> = {}): RewardedOptions => ({
  ...settleRewardOptions({}, MODEL).prepare,
  ...given,
});
const conversation = (messages: readonly Message[]): Conversation => ({ kind: 'conversation', messages });
const exchange = (instruction: string, response: string) =>
  ({ kind: 'exchange', instruction, input: '', response, system: '', history: [] }) as const;

describe.each(['pocket', 'smollm2'])('what a reward model of the tokenizer %s reads', (name) => {
  const cases = readTextFixture<ChatCase[]>('chat.json').filter(
    ({ tokenizer, refused, messages }) =>
      tokenizer === name && refused === undefined && messages.at(-1)?.role === 'assistant',
  );

  test.each(cases)('is all that apply_chat_template gives: $title', async ({ messages, ids }) => {
    const tokenizer = await loadTokenizer(kitDirectory(name));
    const prepared = await prepareRewarded(conversation(messages), tokenizer, options());
    if (messages.at(-1)!.content.trim() === '') {
      expect(prepared).toMatchObject({ reason: 'empty_response' });
    } else {
      expect('ids' in prepared ? [...prepared.ids] : prepared).toEqual(ids);
    }
  });

  it('has cases', () => expect(cases.length).toBeGreaterThan(2));
});

describe('a row without a reward', () => {
  let pocket: Tokenizer;
  let folder: string;
  beforeAll(async () => {
    pocket = await loadTokenizer(POCKET);
    folder = await mkdtemp(join(tmpdir(), 'evosift-rewarded-'));
  });

  /** Pocket's tokenizer with a template of the test's own. */
  async function withTemplate(name: string, template: string): Promise<Tokenizer> {
    const to = join(folder, name);
    cpSync(POCKET, to, { recursive: true });
    writeFileSync(join(to, 'chat_template.jinja'), template);
    return await loadTokenizer(to);
  }

  it.each([
    [exchange('Name a river.', ' \n'), 'empty_response'],
    [exchange(' ', 'The Danube.'), 'empty_instruction'],
    [conversation([{ role: 'user', content: 'Name a river.' }]), 'no_assistant_turn'],
    [exchange('Name a river.', 'Danube '.repeat(300)), 'too_long'],
    [exchange('Name a river.', 'x'.repeat(100_000)), 'too_long'],
  ])('%#', async (example, reason) => {
    expect(await prepareRewarded(example, pocket, options({ limit: 200 }))).toMatchObject({ reason });
  });

  it('says that the template leaves the answer out, or refuses the row', async () => {
    const row = exchange('Name a river.', 'The Danube.');
    const questions = "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}";
    const silent = await withTemplate('silent', questions);
    expect(await prepareRewarded(row, silent, options())).toMatchObject({
      reason: 'template_rewrites',
      detail: expect.stringContaining('leaves out the text of message 2 (assistant)') as string,
    });
    const refusing = await withTemplate('refusing', "{{ raise_exception('no rivers') }}");
    expect(await prepareRewarded(row, refusing, options())).toMatchObject({
      reason: 'malformed_row',
      detail: expect.stringContaining('no rivers') as string,
    });
  });

  it('is an error where the tokenizer is not the model’s', async () => {
    const row = exchange('Name a river.', 'The Danube.');
    const refused = prepareRewarded(row, pocket, options({ vocabSize: 10 }));
    await expect(refused).rejects.toMatchObject({ code: 'unsupported_tokenizer' });
  });
});

test('options that the model or the template can’t take are named', () => {
  const settle = (given: object) => () => settleRewardOptions(given, MODEL);
  expect(settle({ maxLength: 5_000 })).toThrow('more than the model can read (4096)');
  expect(settle({ templateKwargs: { messages: [] } })).toThrow('messages is what the template is given anyway');
  expect(settle({ maxLength: 1 })).toThrow('`maxLength` must be an integer of at least 2');
});
