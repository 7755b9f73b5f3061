import { beforeAll, describe, expect, test } from 'vitest';
import type { Message } from '../../../src/rows/example.js';
import { ChatTemplate, type RenderedChat } from '../../../src/text/chat-template.js';
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
        expect(() => tokenizer.chatTemplate.renderWithParts(one.messages)).toThrow(one.refused);
        return;
      }
      const chat = tokenizer.chatTemplate.renderWithParts(one.messages);
      expect(chat.text).toBe(one.text);
      expect([...(await tokenizer.encode(chat.text, { addSpecialTokens: false }))]).toEqual(one.ids);
      const ranges = one.ranges.map(([from, to]) => (from === to ? null : [from, to]));
      expect(chat.parts.map(({ text }) => text)).toEqual(ranges);
    });
  },
);

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });

const placesOf = ({ text, parts }: RenderedChat) => ({ text, places: parts.map(({ text: place }) => place) });

describe('texts are found', () => {
  test('where a template leaves a message out', () => {
    const template = new ChatTemplate(
      "{% for m in messages if m.role != 'tool' %}<{{ m.content }}>{% endfor %}",
      {},
      '',
    );
    const chat = template.renderWithParts([user('q'), { role: 'tool', content: 'q' }, assistant('q')]);
    expect(placesOf(chat)).toEqual({ text: '<q><q>', places: [[1, 2], null, [4, 5]] });
  });

  test('where a content decides what stands around it', () => {
    const template = new ChatTemplate(
      "{% for m in messages %}{% if 'x' in m.content %}long: {% endif %}{{ m.content }};{% endfor %}",
      {},
      '',
    );
    const chat = template.renderWithParts([user('x'), assistant('y')]);
    expect(placesOf(chat)).toEqual({
      text: 'long: x;y;',
      places: [
        [6, 7],
        [8, 9],
      ],
    });
  });

  test('or named, where the template makes something else of them', () => {
    const template = new ChatTemplate(
      "{% for m in messages %}{{ m.content | replace('b', 'c') }};{{ m.content == 'q' }};{% endfor %}",
      {},
      '',
    );
    const chat = template.renderWithParts([user('q'), assistant('abc')]);
    expect(chat.text).toBe('q;True;acc;False;');
    expect(chat.parts.map(({ text, rewritten }) => [text, rewritten])).toEqual([
      [null, ['text']],
      [null, ['text']],
    ]);
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
