import { describe, expect, it } from 'vitest';
import { jsonMembers, onOneLine, valueText, withMember } from '../../../src/rank/json-object.js';

const members = (text: string): [string, string][] => {
  const bytes = Buffer.from(text);
  return jsonMembers(bytes).map((member) => [member.name, valueText(bytes, member)]);
};

describe('jsonMembers', () => {
  it.each([
    ['{}', []],
    ['{ }', []],
    ['{"a":1}', [['a', '1']]],
    [
      ' { "a" : [1, {"b": "]}"}] ,\n"c":"\\"\\\\" , "d":{} } ',
      [
        ['a', '[1, {"b": "]}"}]'],
        ['c', '"\\"\\\\"'],
        ['d', '{}'],
      ],
    ],
    [
      '{"a":NaN,"b":-Infinity}',
      [
        ['a', 'NaN'],
        ['b', '-Infinity'],
      ],
    ],
    ['{"\\u0061\\n":tru\u00e9}', [['a\n', 'tru\u00e9']]],
    [
      '{"a":1,"a":2}',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
  ])('%s', (text, expected) => {
    expect(members(text)).toEqual(expected);
  });
});

describe('withMember', () => {
  it.each([
    ['{}', '{"new":0}'],
    ['{ "a" : 1 }', '{ "a" : 1,"new":0 }'],
    ['{"new":1}', '{"new":0}'],
    ['{"new":1,"a":2}', '{"a":2,"new":0}'],
    ['{"a":2, "new":[1,{"new":2}]}', '{"a":2,"new":0}'],
    ['{"a":1 , "new":1 , "b":2}', '{"a":1 , "b":2,"new":0}'],
    ['{"new":1,"new":2,"a":{"new":3},"new":4}', '{"a":{"new":3},"new":0}'],
  ])('%s becomes %s', (text, expected) => {
    expect(withMember(Buffer.from(text), 'new', '0').toString()).toBe(expected);
  });
});

describe('onOneLine', () => {
  it('takes out line breaks and indentation, and nothing else', () => {
    const value = { a: [1, 2, { b: 'x\n  y' }], 'c\r': null };
    for (const indent of [0, 1, 4, '\t']) {
      const text = JSON.stringify(value, null, indent).replaceAll('\n', '\r\n');
      const line = onOneLine(Buffer.from(text)).toString();
      expect(line).not.toMatch(/[\r\n]/);
      expect(JSON.parse(line)).toEqual(value);
    }
    expect(onOneLine(Buffer.from('{"a": 1}\n')).toString()).toBe('{"a": 1}');
  });
});
