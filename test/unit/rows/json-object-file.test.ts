import { describe, expect, it } from 'vitest';
import { classifyObject, type ObjectFile } from '../../../src/rows/json-object-file.js';
import { JsonOutliner, type JsonOutline } from '../../../src/rows/readers/json-outline.js';

function outline(text: string, size = text.length): JsonOutline {
  const outliner = new JsonOutliner(0);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) if (!outliner.push(bytes.subarray(at, at + size))) break;
  return outliner.outline;
}

const kindOf = (value: object): ObjectFile['kind'] => classifyObject(outline(JSON.stringify(value)).sketch).kind;

const turns = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello.' },
];
const row = { instruction: 'a', output: 'b' };

describe('one object is a row', () => {
  it.each([
    ['with an instruction and a response', row],
    ['with tools', { ...row, tools: [{ name: 'x' }] }],
    ['with a history', { ...row, history: [['q', 'a']] }],
    ['of messages', { messages: turns, tools: [{ name: 'x' }] }],
    ['of a ShareGPT conversation', { id: 1, conversations: [{ from: 'human', value: 'x' }] }],
    ["with UltraChat's texts", { id: 'x', data: ['Hi', 'Hello.'] }],
    [
      'with pairs of turns',
      {
        conversation: [
          ['user', 'Hi'],
          ['assistant', 'Hello.'],
        ],
      },
    ],
    ['of two answers as messages', { prompt: turns, chosen: turns, rejected: turns }],
    ['with a prompt and a completion as messages', { prompt: turns, completion: turns }],
    ['of nothing that is known', { a: 1 }],
  ])('%s', (_name, value) => expect(kindOf(value)).toBe('row'));
});

describe('one object is no row', () => {
  it.each([
    ['with an array of rows', { version: 1, data: [row] }, 'wrapped'],
    ['with an array of rows of messages', { messages: [{ id: 1, messages: turns }] }, 'wrapped'],
    ['with a list beside the rows', { labels: ['a', 'b'], data: [row] }, 'wrapped'],
    ["as pandas' orient='table' writes it", { schema: { fields: [{ name: 'index' }] }, data: [row] }, 'wrapped'],
    ['with two arrays of rows', { train: [row], test: [row] }, 'ambiguous'],
    ['of columns', { instruction: ['a'], output: ['b'], meta: [{ x: 1 }] }, 'table'],
    ['of columns of other names', { frage: { 3: 'a' }, antwort: { 3: 'b' } }, 'table'],
    ['of rows by key', { x1: row, x2: row }, 'table'],
  ])('%s', (_name, value, kind) => expect(kindOf(value)).toBe(kind));
});

describe('an outline', () => {
  it.each([1, 2, 5, 1000])('is the same whatever the chunks (%i bytes)', (size) => {
    const text = '\n{"a\\"": [1.5, {"b": [[]]}, "x", true],\n "c": "\\\\", "d": {"e": null}} ';
    const { sketch, arrays, ...rest } = outline(text, size);
    expect(JSON.parse(JSON.stringify(sketch))).toEqual({ 'a"': [0, { b: [[]] }, ''], c: '', d: { e: 0 } });
    expect(Object.fromEntries(arrays)).toEqual({ 'a"': { offset: 9, line: 2 } });
    expect(rest).toEqual({ end: 'alone', isSpread: true });
  });

  it.each([
    ['{"a":1}\n{"a":2}', 'followed'],
    ['{"a":[1,2', 'open'],
    ['{"a" 1}', 'broken'],
    ['{"a":"x\n{"a":"y"}', 'broken'],
    ['{"a":[{"b":1}\n{"a":[]}', 'broken'],
    ['{"a":[{"b" 1}]}', 'alone'],
  ])('says how the object ends: %s', (text, end) => expect(outline(text).end).toBe(end));
});
