import { beforeAll, describe, expect, test } from 'vitest';
import type { Message } from '../../../src/rows/example.js';
import { ChatTemplate } from '../../../src/text/chat-template.js';
import { loadTokenizer, type Tokenizer } from '../../../src/text/tokenizer.js';
import { kitDirectory, readTextFixture } from '../../support/text-fixtures.js';

type ChatCase = { readonly tokenizer: string; readonly title: string; readonly messages: readonly Message[] } & (
  { readonly refused: string } | { readonly text: string; readonly ids: number[]; readonly ranges: [number, number][] }
);

const cases = readTextFixture<ChatCase[]>('chat.json');

describe.each([...new Set(cases.map(({ tokenizer }) => tokenizer))])(
  'the chat template of %s agrees with HF',
  (name) => {
    let tokenizer: Tokenizer;
    beforeAll(async () => {
      tokenizer = await loadTokenizer(kitDirectory(name));
    });

    test.each(cases.filter((one) => one.tokenizer === name))('$title', async (one) => {
      if ('refused' in one) {
        expect(() => tokenizer.chatTemplate.renderWithContents(one.messages)).toThrow(one.refused);
        return;
      }
      const chat = tokenizer.chatTemplate.renderWithContents(one.messages);
      expect(chat.text).toBe(one.text);
      expect([...(await tokenizer.encode(chat.text, { addSpecialTokens: false }))]).toEqual(one.ids);
      const ranges = one.ranges.map(([from, to]) => (from === to ? null : [from, to]));
      expect(chat.contents).toEqual(ranges);
    });
  },
);

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });

describe('contents are found', () => {
  test('where a template leaves a message out', () => {
    const template = new ChatTemplate(
      "{% for m in messages if m.role != 'tool' %}<{{ m.content }}>{% endfor %}",
      {},
      '',
    );
    const chat = template.renderWithContents([user('q'), { role: 'tool', content: 'q' }, assistant('q')]);
    expect(chat).toEqual({ text: '<q><q>', contents: [[1, 2], null, [4, 5]] });
  });

  test('where a content decides what stands around it', () => {
    const template = new ChatTemplate(
      "{% for m in messages %}{% if 'x' in m.content %}long: {% endif %}{{ m.content }};{% endfor %}",
      {},
      '',
    );
    const chat = template.renderWithContents([user('x'), assistant('y')]);
    expect(chat).toEqual({
      text: 'long: x;y;',
      contents: [
        [6, 7],
        [8, 9],
      ],
    });
  });

  test('or the row is refused, where the template makes something else of them', () => {
    const template = new ChatTemplate('{% for m in messages %}{{ messages[0].content | upper }}{% endfor %}', {}, '');
    expect(() => template.renderWithContents([user('q'), assistant('a')])).toThrow(/message 1 cannot be found/);
  });
});

test('the generation prompt is added when asked for', async () => {
  const { chatTemplate } = await loadTokenizer(kitDirectory('pocket'));
  expect(chatTemplate.render([user('q')], { addGenerationPrompt: true })).toBe(
    '<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n',
  );
});

test('a template that prints the date prints the same one every day', () => {
  const template = new ChatTemplate("{{ strftime_now('%d %b %Y, %A %% %Q') }}", {}, '');
  expect(template.render([])).toBe('26 Jul 2024, Friday % %Q');
});
