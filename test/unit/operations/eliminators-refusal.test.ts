import { describe, expect, test } from 'vitest';
import { hardToAnswer, refusal } from '../../../src/operations/eliminators/refusal.js';
import { examineResponse } from '../../../src/ask/examine-response.js';
import { completionOf, testRule } from '../../support/evolved.js';

const PARENT = 'Describe how a lock works.';

const REFUSALS = [
  "I'm sorry, but I can't assist with that.",
  "I'm sorry, but I can't.",
  'I’m sorry, but I cannot fulfill this request as it goes against my guidelines.',
  'I apologize, but I am not able to provide instructions for that.',
  'As an AI language model, I cannot have opinions on this.',
  'I cannot help with that request.',
  "Unfortunately, I don't have access to the text that you mention.",
  "I'm unable to create content of this kind: such content is harmful.",
  'Es tut mir leid, aber ich kann Ihnen dabei nicht helfen.',
  'Leider kann ich diese Anfrage nicht beantworten.',
  'Je suis désolé, mais je ne peux pas vous aider avec cette demande.',
  'Lo siento, pero no puedo ayudar con esa solicitud.',
  'Mi dispiace, ma non posso aiutarti con questa richiesta.',
  'Sinto muito, mas não posso ajudar com esse pedido.',
  'Het spijt me, maar ik kan u daar niet mee helpen.',
  'Извините, но я не могу помочь с этим запросом.',
  '抱歉，我无法协助完成这个请求。',
  '作为一个人工智能助手，我不能提供这类内容。',
  '申し訳ありませんが、そのご要望にはお応えできません。',
  '죄송하지만 그 요청은 도와드릴 수 없습니다.',
];

/** Instructions and answers that sound like refusals and are none. */
const OTHERS = [
  'Describe how a lock works and why it can fail.',
  'Write a story that begins with "I\'m sorry, but I can\'t open the door".',
  'Sorry, Grandma whispered, and hid the key. Continue the story.',
  "I can't open my lock. Describe step by step how I find out what is wrong.",
  'I cannot help but wonder how a lock works: describe it to me.',
  'Explain why a bank must refuse to open a safe for a stranger.',
  "I'm sorry I was late. Describe how a lock works, so that I can catch up.",
  'Beschreibe, warum sich ein Schloss leider nicht öffnen lässt.',
  'Décris une serrure que je ne peux pas ouvrir.',
  'Describe una cerradura que no puedo abrir.',
  '请解释为什么我无法打开这把锁。',
  'Опиши замок, который я не могу открыть.',
];

describe('refusal', () => {
  testRule(
    refusal,
    REFUSALS.map((answer) => ({ parent: PARENT, answer })),
    [
      ...OTHERS.map((answer) => ({ parent: PARENT, answer })),
      {
        parent: 'Write a polite refusal of an invitation.',
        answer: "I'm sorry, but I can't make it to your dinner. I will not be able to help with the cooking either.",
      },
      {
        parent: 'Wie lehne ich eine Einladung ab? Schreibe eine Absage.',
        answer: 'Leider kann ich bei der Feier nicht helfen.',
      },
      {
        parent: PARENT,
        answer: `I'm sorry, but I can't assist with that. ${'Instead, think of a lock and its parts. '.repeat(20)}`,
      },
    ],
  );
});

describe('hard_to_answer', () => {
  testRule(
    hardToAnswer,
    [
      ...REFUSALS.slice(0, 2),
      'Sorry, I do not know.',
      'SORRY - no.',
      'I am so sorry for the confusion.',
      'We are sorry to hear that.',
    ].map((answer) => ({ parent: PARENT, answer })),
    [
      ...OTHERS.filter((text) => !/sorry/i.test(text)).map((answer) => ({ parent: PARENT, answer })),
      { parent: PARENT, answer: `Sorry, ${'word '.repeat(80)}` },
      { parent: 'Say sorry in French.', answer: 'Say sorry in French and in German.' },
    ],
  );
});

describe('a response', () => {
  const respond = (text: string, instruction = PARENT, finish: 'stop' | 'length' = 'stop') =>
    examineResponse({ instruction }, completionOf(text, finish));

  test.each(REFUSALS)('refuses: %s', (text) => {
    expect(respond(text)).toEqual({ text, reasoning: null, failed: 'refusal' });
  });

  test.each([
    ...OTHERS,
    "I'm sorry, but I can't give you a complete answer. Here is what I know:\n- A lock has pins.",
    '1. I cannot help with that request.\n2. I can help with another one.',
    'A lock holds a door. I cannot provide more information.',
  ])('answers: %s', (text) => {
    expect(respond(text)).toEqual({ text, reasoning: null, failed: null });
  });

  test.each([
    ['Write an apology of a shop that cannot help its customer.', "I'm sorry, but I can't help you with this request."],
    ['Translate "Es tut mir leid, ich kann nicht helfen" - it is an excuse.', "I'm sorry, I cannot help with that."],
    ['写一段婉拒邀请的话。', '抱歉，我无法参加您的聚会。'],
    ['丁寧に断る文を書いてください。', '申し訳ありませんが、参加できません。'],
    ['Escribe un rechazo amable.', 'Lo siento, pero no puedo ayudar con esa solicitud.'],
    ['Rédige un refus poli.', 'Je suis désolé, mais je ne peux pas vous aider.'],
  ])('may refuse where it was asked to: %s', (instruction, text) => {
    expect(respond(text, instruction)).toEqual({ text, reasoning: null, failed: null });
  });

  test('without text is empty', () => {
    expect(respond(' \n')).toEqual({ text: '', reasoning: null, failed: 'empty' });
  });

  test('comes without its thinking, and fails where nothing else is there', () => {
    expect(respond('<think>Pins?</think>\nA lock has pins.')).toMatchObject({
      text: 'A lock has pins.',
      reasoning: 'Pins?',
      failed: null,
    });
    expect(respond('<think>Pins?</think>')).toEqual({ text: '', reasoning: 'Pins?', failed: 'thinking_tags' });
    expect(respond('<think>\n</think>')).toMatchObject({ failed: 'empty' });
  });

  test('that was cut is none', () => {
    expect(respond('A lock has', PARENT, 'length')).toMatchObject({ text: 'A lock has', failed: 'cut_off' });
    expect(respond('<think>Pins', PARENT, 'length')).toMatchObject({ failed: 'cut_off' });
  });
});
