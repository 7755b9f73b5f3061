import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examineVerifier, type VerifierFinding } from '../../../src/autoif/verifiers/examine-verifier.js';
import { completionOf } from '../../support/completion.js';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/autoif');

const linesOf = <Line>(file: string): Line[] =>
  readFileSync(resolve(FIXTURES, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

const examined = (text: string, finishReason?: 'stop' | 'length'): VerifierFinding =>
  examineVerifier({ constraint: 'Use no e' }, completionOf(text, finishReason));

const CODE = "def evaluate(response):\n    return 'e' not in response";
const CASES = [
  { input: 'a cat', output: true },
  { input: 'a bee', output: false },
];
const ANSWER = JSON.stringify({ func: CODE, cases: CASES });
const FOUND = { code: CODE, cases: CASES, droppedCases: {}, failed: null, detail: '' };

/** An answer whose function is written as it stands, between the quotation marks. */
const written = (func: string): string => `{"func": "${func}", "cases": ${JSON.stringify(CASES)}}`;

interface Loaded {
  readonly func: string;
  readonly cases: readonly (readonly [string, boolean | string])[];
}

describe('Of the published samples', () => {
  const rows = linesOf<{ instruction: string; 'gpt-answer': string[] }>('eval_func_rft.jsonl');
  const loaded = linesOf<Loaded | null>('json-loads.jsonl');
  const findings = rows.flatMap((row) =>
    row['gpt-answer'].map((text) => examineVerifier({ constraint: row.instruction }, completionOf(text))),
  );

  it('all 40 give a function and three cases', () => {
    expect(findings).toHaveLength(40);
    for (const { failed, cases, droppedCases } of findings) {
      expect({ failed, cases: cases.length, droppedCases }).toEqual({ failed: null, cases: 3, droppedCases: {} });
    }
  });

  it("the 37 that are JSON give what Python's json.loads gives, byte for byte", () => {
    const readable = loaded.flatMap((line, place) => (line === null ? [] : [{ line, finding: findings[place]! }]));
    expect(readable).toHaveLength(37);
    for (const { line, finding } of readable) {
      expect(createHash('sha256').update(finding.code!).digest('hex')).toBe(line.func);
      const cases = line.cases.map(([input, output]) => ({ input, output: String(output).toLowerCase() === 'true' }));
      expect(finding.cases).toEqual(cases);
    }
  });

  it("the 3 that are not are mended: Python's constants, and an apostrophe's backslash, which the code needs", () => {
    const mended = findings.filter((_, place) => loaded[place] === null);
    expect(mended.map(({ cases }) => cases.map(({ output }) => output))).toEqual([
      [false, true, false],
      [true, false, true],
      [true, false, true],
    ]);
    expect(mended[0]!.code).toContain(String.raw`response.strip('[]').replace('\'', '').replace('"', '').split(', ')`);
  });
});

describe('A function and its cases are found', () => {
  it.each([
    ['in a fence', `\`\`\`json\n${ANSWER}\n\`\`\``],
    ['in a fence of no language', `\`\`\`\n${ANSWER}\n\`\`\``],
    ['in a fence that is not closed', `Here it is:\n\`\`\`json\n${ANSWER}`],
    ['bare', ANSWER],
    ['amid talk that has braces', `Here is the {JSON}:\n\`\`\`json\n${ANSWER}\n\`\`\`\nUse {this} as you like.`],
    ['behind a fence of code', `\`\`\`python\nx = {1: 2}\n\`\`\`\n\`\`\`json\n${ANSWER}\n\`\`\``],
    ['behind thinking', `<think>{"func": "no"}</think>\n${ANSWER}`],
    ['with trailing commas', ANSWER.replace('}]}', '},],}')],
    ['with constants of Python', ANSWER.replace('true', 'True').replace('false', 'False')],
    ['with an end that is missing', ANSWER.slice(0, -1)],
    [
      'in single quotes',
      `{'func': 'def evaluate(response):\\n    return \\'e\\' not in response', 'cases': [{'input': 'a cat', 'output': True}, {'input': 'a bee', 'output': False}]}`,
    ],
    ['over raw lines', written(CODE)],
    [
      'with a quotation mark missing',
      `{\n  "func": "${CODE.replaceAll('\n', '\\n')},\n  "cases": ${JSON.stringify(CASES)}\n}`,
    ],
    ['in three quotation marks', `{"func": """${CODE}""", "cases": ${JSON.stringify(CASES)}}`],
    ['as a list of lines', JSON.stringify({ func: CODE.split('\n'), cases: CASES })],
    ['in a fence of its own', JSON.stringify({ func: `\`\`\`python\n${CODE}\n\`\`\``, cases: CASES })],
    ['with a label', JSON.stringify({ func: `Here is the Python function:\n${CODE}`, cases: CASES })],
    ['with a language', JSON.stringify({ func: `python\n${CODE}`, cases: CASES })],
    ['with breaks escaped twice', JSON.stringify({ func: CODE.replaceAll('\n', '\\n'), cases: CASES })],
    ['indented', JSON.stringify({ func: CODE.replaceAll(/^/gm, '    '), cases: CASES })],
    ['with breaks of Windows', JSON.stringify({ func: CODE.replaceAll('\n', '\r\n'), cases: CASES })],
    ['with apostrophes that are escaped', written(CODE.replaceAll("'", "\\'").replaceAll('\n', '\\n'))],
  ])('%s', (_, text) => {
    expect(examined(text)).toEqual(FOUND);
  });

  it.each([
    [
      "a break in code over raw lines stays the code's",
      written("def evaluate(response):\n    return '\\n' in response"),
      "'\\n' in",
    ],
    [
      'a break that was escaped too little',
      written("def evaluate(response):\\n    return len(response.split('\\n')) == 2"),
      "split('\\n')",
    ],
    [
      'a break that alone was escaped rightly',
      written("def evaluate(response):\\\\n    return '\\\\n' in response"),
      ":\n    return '\\n' in",
    ],
    [
      'the pattern of a word',
      written("import re\\ndef evaluate(response):\\n    return len(re.findall(r'\\w+\\.', response)) > 1"),
      "r'\\w+\\.'",
    ],
    [
      "a word's edge",
      written("import re\\ndef evaluate(response):\\n    return re.search(r'\\bcat\\b', response)"),
      "r'\\bcat\\b'",
    ],
    [
      'quotation marks that are not escaped',
      written('def evaluate(response):\\n    return "e" not in response'),
      '"e" not in',
    ],
    [
      'a one-liner with a break in quotes',
      written("def evaluate(response): return '\\\\n' not in response"),
      "'\\n' not in",
    ],
  ])('%s', (_, text, part) => {
    const { code, failed, cases } = examined(text);
    expect({ failed, cases }).toEqual({ failed: null, cases: CASES });
    expect(code).toContain(part);
  });
});

describe('Test cases', () => {
  it.each([
    [true, true],
    ['True', true],
    ['true', true],
    ['yes', true],
    [1, true],
    ['1', true],
    [false, false],
    [' FALSE ', false],
    ['No', false],
    [0, false],
  ])('expect %j as %s', (output, expected) => {
    expect(examined(JSON.stringify({ func: CODE, cases: [{ input: 'a', output }] })).cases).toEqual([
      { input: 'a', output: expected },
    ]);
  });

  it('that are none are counted by their flaw', () => {
    const cases = [
      ...CASES,
      CASES[0],
      { input: 'a', output: 'maybe' },
      { input: 'a', output: 2 },
      { input: 'b' },
      { input: 7, output: true },
      { output: true },
      'text',
    ];
    const finding = examined(JSON.stringify({ func: CODE, cases }));
    expect(finding).toEqual({ ...FOUND, droppedCases: { duplicate: 1, input: 3, output: 3 } });
  });

  it('may be empty texts, and a text times a number, as Python writes it', () => {
    const text = `{"func": ${JSON.stringify(CODE)}, "cases": [{"input": "", "output": true}, {"input": "ab " * 3, "output": False}]}`;
    expect(examined(text).cases).toEqual([
      { input: '', output: true },
      { input: 'ab ab ab ', output: false },
    ]);
  });
});

describe('An answer that gives no verifier says why', () => {
  it.each([
    ['', 'empty'],
    ['<think>What would', 'thinking_tags'],
    ["I'm sorry, but I can't help with that request.", 'refusal'],
    ['The function should look for the letter.', 'unparsable'],
    ['It returns {"func": "…", as you asked.', 'no_function'],
    ['{{{ }', 'unparsable'],
    [JSON.stringify({ function: CODE, cases: CASES }), 'no_function'],
    [JSON.stringify({ func: 'def check(text): return True', cases: CASES }), 'no_function'],
    [JSON.stringify({ func: '', cases: CASES }), 'no_function'],
    [JSON.stringify({ func: CODE }), 'no_cases'],
    [JSON.stringify({ func: CODE, cases: [] }), 'no_cases'],
    [JSON.stringify({ func: CODE, cases: [{ input: 'a', output: 'b' }] }), 'no_cases'],
  ])('%j', (text, failed) => {
    expect(examined(text).failed).toBe(failed);
  });

  it('keeps the function of one without cases, and the cases of one without a function', () => {
    expect(examined(JSON.stringify({ func: CODE })).code).toBe(CODE);
    expect(examined(JSON.stringify({ cases: CASES })).cases).toEqual(CASES);
  });

  it('that was cut off within its object', () => {
    expect(examined(ANSWER.slice(0, -20), 'length')).toMatchObject({ code: null, failed: 'cut_off' });
    expect(examined(`${ANSWER}\nThis function`, 'length').failed).toBeNull();
  });
});
