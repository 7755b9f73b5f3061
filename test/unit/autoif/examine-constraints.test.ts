import { describe, expect, it } from 'vitest';
import { examineConstraints } from '../../../src/autoif/constraints/examine-constraints.js';
import { completionOf } from '../../support/completion.js';

const examined = (text: string, finishReason?: 'stop' | 'length') =>
  examineConstraints(null, completionOf(text, finishReason));

const TWO = ['Use no commas', 'Answer in two lines'];

describe('A list of constraints is found', () => {
  it.each([
    ['with numbers', '1. Use no commas\n2. Answer in two lines'],
    ['with brackets', '1) Use no commas\n(2) Answer in two lines'],
    ['without a space behind the number', '1.Use no commas\n2.Answer in two lines'],
    ['with dashes, stars and dots', '- Use no commas\n* Answer in two lines\n'],
    ['with bullets', '• Use no commas\n• Answer in two lines'],
    ['in quotes', '1. "Use no commas"\n2. “Answer in two lines”'],
    ['in bold', '1. **Use no commas**\n2. **Answer in two lines**'],
    ['with numbers in bold', '**1.** Use no commas\n**2.** Answer in two lines'],
    ['under names of their own', '1. **Commas:** Use no commas\n2. **Lines**: Answer in two lines'],
    ['behind a lead-in', 'Here are 2 new constraints:\n\n1. Use no commas\n2. Answer in two lines'],
    ['between talk', 'Sure!\n\n- Use no commas\n- Answer in two lines\n\nI hope this helps!'],
    ['under headings', '## Signs\n1. Use no commas\n\n**Length:**\n2. Answer in two lines'],
    ['plain, a line each', 'Here are some:\nUse no commas\nAnswer in two lines\nLet me know if you need more.'],
    ['in a fence', '```\n1. Use no commas\n2. Answer in two lines\n```'],
    ['as a JSON array', '[\n  "Use no commas",\n  "Answer in two lines"\n]'],
    ['behind thinking', '<think>1. First I plan\n2. Then I list</think>\n1. Use no commas\n2. Answer in two lines'],
  ])('%s', (_, text) => {
    expect(examined(text)).toMatchObject({ constraints: TWO, failed: null });
  });

  it('in Chinese, where a word is a character', () => {
    const { constraints, dropped } = examined('1、不要使用逗号\n2、用两行回答\n3、好');
    expect(constraints).toEqual(['不要使用逗号', '用两行回答']);
    expect(dropped).toEqual([{ text: '好', reason: 'too_short' }]);
  });

  it('with the quotes and numbers that belong to a constraint', () => {
    const lines = ['Use the word "sun" twice', '3 sentences, no more', "End with 'Bye'"];
    expect(examined(lines.map((line, i) => `${i + 1}. ${line}`).join('\n')).constraints).toEqual(lines);
  });
});

describe('What is no constraint keeps its reason', () => {
  it.each([
    ['too short', '1. Use no commas\n2. Short', [{ text: 'Short', reason: 'too_short' }]],
    [
      'too long',
      `1. Use no commas\n2. ${'Very '.repeat(50)}long`,
      [{ text: `${'Very '.repeat(50)}long`, reason: 'too_long' }],
    ],
    ['beside the list', '1. Use no commas\nI hope this helps!', [{ text: 'I hope this helps!', reason: 'no_item' }]],
  ])('%s', (_, text, dropped) => {
    expect(examined(text)).toEqual({ constraints: ['Use no commas'], dropped, failed: null });
  });

  it('prose is no list', () => {
    const long = 'All of it. '.repeat(40).trim();
    const dropped = [long, 'Use no commas'].map((text) => ({ text, reason: 'no_item' }));
    expect(examined(`${long}\nUse no commas`)).toEqual({ constraints: [], dropped, failed: 'empty' });
  });

  it('cut off: the last line of an answer that reached its limit', () => {
    const { constraints, dropped } = examined('1. Use no commas\n2. Answer in two', 'length');
    expect(constraints).toEqual(['Use no commas']);
    expect(dropped).toEqual([{ text: 'Answer in two', reason: 'cut_off' }]);
  });
});

describe('An answer without constraints', () => {
  it.each([
    ['', 'empty'],
    ['Here they are:', 'empty'],
    ["I'm sorry, but I can't help with that request.", 'refusal'],
    ['<think>Let me think of constraints', 'thinking_tags'],
  ])('%j is told as %s', (text, failed) => {
    expect(examined(text)).toMatchObject({ constraints: [], failed });
  });
});
