import { describe, expect, it } from 'vitest';
import type { Message, Tools } from '../../../../src/rows/example.js';
import type { PartName } from '../../../../src/rows/message-parts.js';
import { ChatTemplate } from '../../../../src/text/chat-template.js';

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string, fields?: Message['fields']): Message =>
  fields === undefined ? { role: 'assistant', content } : { role: 'assistant', content, fields };
const tool = (content: string, fields: Message['fields'] = {}): Message => ({ role: 'tool', content, fields });
const calls = (...given: readonly (readonly [name: string, given: unknown])[]): Message =>
  assistant('', { tool_calls: given.map(([name, args]) => ({ function: { name, arguments: args } })) });

const PARTS: readonly PartName[] = ['reasoning', 'text', 'calls'];

/** The rendered text with the parts that were found between R‹ ›, T‹ › and C{ }. */
function found(template: string, messages: readonly Message[], tools?: Tools): string {
  const { text, parts } = new ChatTemplate(template, {}, '').renderWithParts(messages, { tools });
  const ends = parts
    .flatMap((of) => PARTS.map((part) => ({ part, place: of[part] })))
    .flatMap(({ part, place }) =>
      place === null
        ? []
        : [
            { at: place[0], mark: `${part[0]!.toUpperCase()}‹`, order: 1 },
            { at: place[1], mark: '›', order: 0 },
          ],
    )
    .toSorted((a, b) => b.at - a.at || b.order - a.order);
  const characters = Array.from(text);
  for (const { at, mark } of ends) characters.splice(at, 0, mark);
  return characters.join('');
}

const rewritten = (template: string, messages: readonly Message[]) =>
  new ChatTemplate(template, {}, '').renderWithParts(messages).parts.map((parts) => parts.rewritten);

const PLAIN = '{% for m in messages %}{{ m.role }}: {{ m.content }};{% endfor %}';

describe('a text is found where the template puts it', () => {
  it.each<[string, string, Message[], string]>([
    [
      'though it is the name of a role',
      PLAIN,
      [user('user'), assistant('assistant')],
      'user: T‹user›;assistant: T‹assistant›;',
    ],
    ['though it is punctuation of the template', PLAIN, [user(':'), assistant(';')], 'user: T‹:›;assistant: T‹;›;'],
    ['though another has the same', PLAIN, [user('a'), assistant('a')], 'user: T‹a›;assistant: T‹a›;'],
    [
      'though the template prints it twice, at the first place',
      '{% for m in messages %}<{{ m.content }}|{{ m.content }}>{% endfor %}',
      [user('a')],
      '<T‹a›|a>',
    ],
    ['in code points', PLAIN, [user('🐈‍⬛'), assistant('a🐈')], 'user: T‹🐈‍⬛›;assistant: T‹a🐈›;'],
    ['without blanks at its ends where they are printed', PLAIN, [user(' a\n')], 'user:  T‹a›\n;'],
    ['and where they are stripped', PLAIN.replace('m.content', 'm.content | trim'), [user(' a\n')], 'user: T‹a›;'],
    [
      'and where those of one end are',
      PLAIN.replace('m.content', 'm.content.lstrip()'),
      [user(' a\n'), assistant('b ')],
      'user: T‹a›\n;assistant: T‹b› ;',
    ],
    ['though there are cuneiform signs in it', PLAIN, [user('\u{12400}1\u{12401}')], 'user: T‹\u{12400}1\u{12401}›;'],
    ['and one that is empty nowhere', PLAIN, [user(''), assistant('a')], 'user: ;assistant: T‹a›;'],
  ])('%s', (_, template, messages, expected) => {
    expect(found(template, messages)).toBe(expected);
  });

  it('or named where something else is printed for it', () => {
    const shouted = PLAIN.replace('m.content', 'm.content | upper');
    expect(found(shouted, [user('a'), assistant('B')])).toBe('user: A;assistant: T‹B›;');
    expect(rewritten(shouted, [user('a'), assistant('B')])).toEqual([['text'], []]);
    expect(rewritten(PLAIN.replace('m.content', 'm.content | length'), [user('abc')])).toEqual([['text']]);
    expect(rewritten(PLAIN.replace('m.content', '"x"'), [user('abc')])).toEqual([[]]);
  });
});

const THOUGHTS =
  '{% for m in messages %}<{{ m.role }}>' +
  "{% if m.role == 'assistant' %}<think>{{ m.reasoning_content }}</think>{% endif %}{{ m.content }}{% endfor %}";

/** As Qwen 3 splits thoughts from contents, and keeps that of the last message alone. */
const SPLITTING =
  '{% for m in messages %}<{{ m.role }}>' +
  "{% if m.role == 'assistant' %}{% set content = m.content %}{% set thought = m.reasoning_content or '' %}" +
  "{% if '</think>' in content %}{% set thought = content.split('</think>')[0].split('<think>')[-1].strip('\\n') %}" +
  "{% set content = content.split('</think>')[-1].lstrip('\\n') %}{% endif %}" +
  "{% if loop.last %}<think>\n{{ thought.strip('\\n') }}\n</think>\n\n{% endif %}{{ content }}" +
  '{% else %}{{ m.content }}{% endif %}{% endfor %}';

describe('a thought is found', () => {
  it.each<[string, string, Message[], string]>([
    [
      'though it is the same as the text',
      THOUGHTS,
      [user('q'), assistant('51', { reasoning_content: '51' })],
      '<user>T‹q›<assistant><think>R‹51›</think>T‹51›',
    ],
    [
      'though it is the name of its tag',
      THOUGHTS,
      [user('q'), assistant('think', { reasoning_content: 'think' })],
      '<user>T‹q›<assistant><think>R‹think›</think>T‹think›',
    ],
    [
      'under another name of its field',
      THOUGHTS,
      [assistant('a', { thinking: 't' }), assistant('b', { reasoning: 'u' })],
      '<assistant><think>R‹t›</think>T‹a›<assistant><think>R‹u›</think>T‹b›',
    ],
    [
      'not where the template adds an empty one',
      SPLITTING,
      [user('q'), assistant('a')],
      '<user>T‹q›<assistant><think>\n\n</think>\n\nT‹a›',
    ],
    [
      'in the content',
      SPLITTING,
      [user('think'), assistant('<think>\nthink\n</think>\n\nthink')],
      '<user>T‹think›<assistant><think>\nR‹think›\n</think>\n\nT‹think›',
    ],
    [
      'not where the template drops earlier ones',
      SPLITTING,
      [
        user('q'),
        assistant('a', { reasoning_content: 't' }),
        user('q'),
        assistant('<think>\nt\n</think>\n\na'),
        user('q'),
        assistant('a', { reasoning_content: 't' }),
      ],
      '<user>T‹q›<assistant>T‹a›<user>T‹q›<assistant>T‹a›<user>T‹q›<assistant><think>\nR‹t›\n</think>\n\nT‹a›',
    ],
  ])('%s', (_, template, messages, expected) => {
    expect(found(template, messages)).toBe(expected);
    expect(rewritten(template, messages).flat()).toEqual([]);
  });

  it('or named where something else is printed for it', () => {
    const shouted = THOUGHTS.replace('reasoning_content', 'reasoning_content | upper');
    const messages = [assistant('a', { reasoning_content: 't' })];
    expect(found(shouted, messages)).toBe('<assistant><think>T</think>T‹a›');
    expect(rewritten(shouted, messages)).toEqual([['reasoning']]);
  });
});

/** A template that prints calls so, and with each result the name of its call. */
const withCalls = (call: string): string =>
  '{% for m in messages %}<{{ m.role }}{% if m.name %} {{ m.name }}{% endif %}>{{ m.content or "" }}' +
  `{% for c in m.tool_calls %}[${call}]{% endfor %}{% endfor %}`;
const AS_JSON = withCalls('{{ c.function.name }}({{ c.function.arguments | tojson }})');
const AS_ITEMS = withCalls(
  '{{ c.function.name }}{% for k, v in c.function.arguments | items %} {{ k }}={{ v }}{% endfor %}',
);

describe('calls are found from the first name to the last argument', () => {
  it.each<[string, string, Message[], string]>([
    ['with a text', AS_JSON, [calls(['f', { a: 'x' }])], '<assistant>[C‹f({"a": "x"}›)]'],
    ['with a number', AS_JSON, [calls(['f', { a: 12 }])], '<assistant>[C‹f({"a": 12}›)]'],
    [
      'with all kinds of values',
      AS_JSON,
      [calls(['f', { a: 'x', b: [1, { c: null }], d: true }])],
      '<assistant>[C‹f({"a": "x", "b": [1, {"c": null}], "d": true}›)]',
    ],
    ['of a call without arguments', AS_JSON, [calls(['f', {}])], '<assistant>[C‹f({}›)]'],
    [
      'of two calls with the same name',
      AS_JSON,
      [calls(['f', { a: 1 }], ['f', { a: 1 }])],
      '<assistant>[C‹f({"a": 1})][f({"a": 1}›)]',
    ],
    [
      'with a JSON text of arguments',
      withCalls('{{ c.function.name }}({{ c.function.arguments }})'),
      [calls(['f', '{"a": 1}'])],
      '<assistant>[C‹f({"a": 1}›)]',
    ],
    ['with printed items', AS_ITEMS, [calls(['f', { a: 'x', b: 2 }])], '<assistant>[C‹f a=x b=2›]'],
    [
      'with sorted keys',
      AS_JSON.replace('tojson', 'tojson(sort_keys=true)'),
      [calls(['f', { b: 'x', a: 2 }])],
      '<assistant>[C‹f({"a": 2, "b": "x"}›)]',
    ],
    [
      'though the result repeats name and arguments',
      AS_JSON,
      [calls(['f', { a: 'x' }]), tool('f x', { name: 'f' }), assistant('f')],
      '<assistant>[C‹f({"a": "x"}›)]<tool f>T‹f x›<assistant>T‹f›',
    ],
    [
      "though the template repeats the call's name with the result",
      '{% for m in messages %}{% if m.tool_calls %}{% set ns.name = m.tool_calls[0].function.name %}{% endif %}' +
        "<{{ m.role }}{% if m.role == 'tool' %} {{ ns.name }}{% endif %}>{{ m.content }}" +
        '{% for c in m.tool_calls %}[{{ c.function.name }} {{ c.function.arguments | tojson }}]{% endfor %}{% endfor %}',
      [calls(['f', { a: 'x' }]), tool('f')],
      '<assistant>[C‹f {"a": "x"}›]<tool f>T‹f›',
    ],
    [
      'beside text and thought that are the same',
      THOUGHTS + '{% for c in messages[-1].tool_calls %}[{{ c.name }} {{ c.arguments.a }}]{% endfor %}',
      [assistant('f', { reasoning_content: 'f', tool_calls: [{ name: 'f', arguments: { a: 'f' } }] })],
      '<assistant><think>R‹f›</think>T‹f›[C‹f f›]',
    ],
    ['written as text', PLAIN, [{ role: 'assistant', content: ' f(x) ', callsInText: true }], 'assistant:  C‹f(x)› ;'],
    ['nowhere where the template leaves them out', PLAIN, [calls(['f', { a: 'x' }])], 'assistant: ;'],
  ])('%s', (_, template, messages, expected) => {
    expect(found(template.replace('{% for', '{% set ns = namespace() %}{% for'), messages)).toBe(expected);
  });
});

describe('a template that looks at what a mark would hide', () => {
  it('has its texts found by the mark at their other end', () => {
    const template =
      "{% for m in messages %}{% if m.content.startswith('<tool_response>') %}result: {% endif %}{{ m.content }};{% endfor %}";
    expect(found(template, [user('<tool_response>4</tool_response>'), assistant('a')])).toBe(
      'result: T‹<tool_response>4</tool_response>›;T‹a›;',
    );
  });

  it('that prints the first call alone is named', () => {
    const template =
      '{% for m in messages %}{% if m.tool_calls %}{% set call = m.tool_calls[0].function %}{{ call.name }}({{ call.arguments | tojson }});{% else %}{{ m.name }} says {{ m.content }};{% endif %}{% endfor %}';
    const two = [calls(['f', { a: 1 }], ['g', { b: 2 }]), tool('4', { name: 'f' })];
    expect(rewritten(template, two)[0]).toEqual(['calls']);
    expect(rewritten(template, [calls(['f', { a: 1 }]), tool('4', { name: 'f' })])).toEqual([[], []]);
  });

  it('prints integers of any size, and no null', () => {
    const template = '{% for m in messages %}{{ m.content }}{{ m.tool_calls | tojson }};{% endfor %}';
    const fields = {
      content: null,
      tool_calls: [{ function: { name: 'f', arguments: { id: 12345678901234567890n } } }],
    };
    const { text } = new ChatTemplate(template, {}, '').renderWithParts([assistant('', fields)]);
    expect(text).toBe('[{"function": {"name": "f", "arguments": {"id": 12345678901234567890}}}];');
  });
});
