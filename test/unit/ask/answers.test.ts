import { describe, expect, test } from 'vitest';
import { afterMarker } from '../../../src/ask/answers/marker.js';
import { parseAnswer } from '../../../src/ask/answers/parse-answer.js';
import { splitThinking } from '../../../src/ask/answers/thinking.js';
import { promptOf } from '../../support/evolved.js';

const MARKER = '#Final Instruction#';

describe('the text behind the marker', () => {
  test.each([
    ['Step 1: plan.\n#Final Instruction#\nList four fruits.', 'List four fruits.'],
    ['#Final Instruction#: List four fruits.', 'List four fruits.'],
    ['**#Final Instruction#**:\n\nList four fruits.', 'List four fruits.'],
    ['## Final instruction ##\nList four fruits.', 'List four fruits.'],
    ['## Final Instruction\nList four fruits.', 'List four fruits.'],
    ['Plan first.\n**Final Instruction:** List four fruits.', 'List four fruits.'],
    ['I will write it under #Final Instruction#.\n#Final Instruction#\nList four fruits.', 'List four fruits.'],
    ['#Final Instruction#\nList four fruits.\n#Final Instruction#', 'List four fruits.'],
    ['#final instruction# List four fruits.', 'List four fruits.'],
    ['Plan.\n#Final Instruction#', ''],
  ])('%j', (answer, text) => {
    expect(afterMarker(answer, MARKER)).toBe(text);
  });

  test.each([
    'List four fruits.',
    'This is the final instruction that I would give.',
    'My final instruction: stay calm.',
    '#Final#\nList four fruits.',
  ])('%j has no marker', (answer) => {
    expect(afterMarker(answer, MARKER)).toBeNull();
  });

  test('an instruction that holds the marker itself keeps its own', () => {
    const parent = 'Explain what "#Final Instruction#" means in a prompt.';
    const evolved = 'Explain what "#Final Instruction#" means in a prompt, with an example.';
    expect(afterMarker(`Plan.\n#Final Instruction#\n${evolved}`, MARKER, parent)).toBe(evolved);
  });

  test('markers need no hash signs', () => {
    expect(afterMarker('It needs steps.\nDifficulty: 3', 'Difficulty:')).toBe('3');
    expect(afterMarker('Überlegung\n【新指令】 列出四种水果', '【新指令】')).toBe('列出四种水果');
    expect(afterMarker('<<result (1)>> x', '<<result (1)>>')).toBe('x');
  });
});

describe('thinking', () => {
  test.each([
    ['<think>Hm.</think>\nList fruits.', 'List fruits.', 'Hm.'],
    ['<think>\n\n</think>\n\nList fruits.', 'List fruits.', ''],
    ['Hm, so be it.\n</think>\nList fruits.', 'List fruits.', 'Hm, so be it.'],
    ['<THINKING>a</THINKING> List fruits.', 'List fruits.', 'a'],
    ['<think>It never ends', '', 'It never ends'],
    ['List fruits.\n<thought>Good?</thought>\nName them.', 'List fruits.\n\nName them.', 'Good?'],
    ['<think>`</think>` is a tag.</think>Done.', 'Done.', '`</think>` is a tag.'],
  ])('%j', (answer, text, thinking) => {
    expect(splitThinking(answer, 'List some fruits.')).toEqual({ text, thinking });
  });

  test.each([
    'Explain what a `<think>` tag does in DeepSeek-R1.',
    'Explain how <think> and </think> are used in prompts.',
    'Write a parser for\n```\n<think>x</think>\n```',
    'I think, therefore I am: explain.',
  ])('%j holds none', (answer) => {
    expect(splitThinking(answer, 'Explain tags.')).toEqual({ text: answer, thinking: '' });
  });

  test('tags stay where the text that was asked about has some', () => {
    const text = '<think>3 + 4 = 7</think>\nIs this right? Explain in two sentences.';
    expect(splitThinking(text, '<think>3 + 4 = 7</think>\nIs this right?')).toEqual({ text, thinking: '' });
  });
});

describe('what wraps the whole of an instruction is taken off', () => {
  const parent = 'List some fruits.';
  const instructionOf = (answer: string, about = parent, prompt = promptOf(about)) =>
    parseAnswer(answer, { parent: { instruction: about, input: '' }, marker: null, prompt }).instruction;

  test.each([
    '  List four red fruits.\n',
    '"List four red fruits."',
    '“List four red fruits.”',
    '«List four red fruits.»',
    '```\nList four red fruits.\n```',
    '```text\nList four red fruits.\n```',
    '**List four red fruits.**',
    '<instruction>\nList four red fruits.\n</instruction>',
    'New instruction: List four red fruits.',
    'new instruction:\nList four red fruits.',
    '#Rewritten Prompt#:\nList four red fruits.',
    '**Rewritten Instruction:** List four red fruits.',
    'The revised question: List four red fruits.',
    'Here is the rewritten instruction:\n\nList four red fruits.',
    'Sure! Here\'s a more complex version of the instruction:\n\n"List four red fruits."',
    'Instruction: "List four red fruits."',
  ])('%j', (answer) => {
    expect(instructionOf(answer)).toBe('List four red fruits.');
  });

  test.each([
    '"Apple" and "pear": say what they have in common.',
    'Explain `x = 1` in one sentence.',
    '```python\nprint(1)\n```',
    '**Bold** claims need **proof**: find one.',
    'Here is a list of fruits: sort it by colour.',
    'Write a new question: it should be about fruits.',
    "'Tis the season: list four fruits of the winter",
    'Translate into French:\n"Good morning."',
  ])('%j stays', (answer) => {
    expect(instructionOf(answer)).toBe(answer);
  });

  test('what the parent is wrapped in stays', () => {
    expect(instructionOf('"To be or not to be, that is the question."', '"To be or not to be"')).toBe(
      '"To be or not to be, that is the question."',
    );
    expect(instructionOf('Instruction: name two fruits.', 'Instruction: name a fruit.')).toBe(
      'Instruction: name two fruits.',
    );
  });

  test('the label at the prompt’s end is taken off in any language', () => {
    expect(
      instructionOf('Neue Anweisung: Nenne vier Früchte.', 'Nenne Früchte.', 'Bearbeite dies.\n\nNeue Anweisung:'),
    ).toBe('Nenne vier Früchte.');
  });

  test('without its marker the whole answer is the instruction', () => {
    const asked = { parent: { instruction: parent, input: '' }, marker: MARKER, prompt: promptOf(parent) };
    expect(parseAnswer('List four red fruits.', asked)).toEqual({
      instruction: 'List four red fruits.',
      thinking: '',
      markerFound: false,
    });
  });
});
