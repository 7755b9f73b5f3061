import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseThreshold } from '../../../src/base/threshold.js';
import { CROSS_RULES, crossValidate, distinctCandidates } from '../../../src/autoif/verifiers/cross-validate.js';

const said = (...rows: readonly (readonly string[])[]) => rows.map((row) => row.map((verdict) => ({ verdict })));

const casesOf = (...outputs: readonly boolean[]) =>
  outputs.map((output, place) => ({ input: `text ${place}`, output }));

const RULES = { accuracy: parseThreshold('>0.5'), minFunctions: 1, minCases: 1 };

describe('Functions and cases are held against each other', () => {
  it('with the accuracies that were published for the same verdicts', () => {
    const linesOf = <Line>(file: string): Line[] =>
      readFileSync(resolve(import.meta.dirname, '../../fixtures/autoif', file), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
    interface Published {
      readonly eval_func: readonly (readonly [string, number])[];
      readonly cases: readonly (readonly [string, boolean])[];
    }
    const rows = linesOf<Published>('back_trans.jsonl');
    const verdicts = linesOf<string[][]>('verdicts.jsonl');
    for (const [place, { eval_func: functions, cases }] of rows.entries()) {
      const candidates = {
        functions: functions.map(([code]) => code),
        cases: cases.map(([input, output]) => ({ input, output })),
      };
      const found = crossValidate(candidates, said(...verdicts[place]!), CROSS_RULES.hypherx);
      expect(found.reason).toBeNull();
      expect(found.cases.every(({ kept }) => kept)).toBe(true);
      expect(found.functions).toEqual(functions.map(([code, accuracy]) => ({ code, accuracy, kept: true })));
    }
    expect(rows.flatMap((row) => row.eval_func.map(([, accuracy]) => accuracy))).toContain(0.9);
  });

  it('where a case that no function agrees with does not count', () => {
    const candidates = { functions: ['a', 'b'], cases: casesOf(true, false, true) };
    const found = crossValidate(candidates, said(['true', 'true', 'true'], ['true', 'error', 'false']), RULES);
    expect(found.cases.map(({ kept }) => kept)).toEqual([true, false, true]);
    expect(found.functions).toEqual([
      { code: 'a', accuracy: 1, kept: true },
      { code: 'b', accuracy: 0.5, kept: false },
    ]);
    expect(found.reason).toBeNull();
  });

  it.each(['error', 'timeout', 'killed', 'missing_module'])('where the verdict %s agrees with nothing', (verdict) => {
    const candidates = { functions: ['a'], cases: casesOf(true, false) };
    const found = crossValidate(candidates, said([verdict, verdict]), RULES);
    expect(found.functions).toEqual([{ code: 'a', accuracy: null, kept: false }]);
    expect(found.reason).toBe('no_agreeing_function');
  });

  it('where a function whose verdicts are missing agrees with nothing', () => {
    const found = crossValidate({ functions: ['a', 'b'], cases: casesOf(true) }, said(['true']), RULES);
    expect(found.functions.map(({ kept }) => kept)).toEqual([true, false]);
  });
});

describe('A constraint is dropped', () => {
  const functions = ['a', 'b', 'c'];
  const agreeing = (count: number, cases: number) =>
    said(...Array.from({ length: count }, () => Array(cases).fill('true')));

  it.each([
    ['no_functions', 0, 1, 'paper'],
    ['no_cases', 1, 0, 'paper'],
    ['too_few_functions', 2, 10, 'qwen'],
    ['too_few_cases', 3, 9, 'qwen'],
    [null, 3, 10, 'qwen'],
    [null, 1, 1, 'paper'],
    [null, 1, 1, 'hypherx'],
  ] as const)('as %s with %i functions and %i cases by the preset %s', (reason, count, cases, preset) => {
    const candidates = { functions: functions.slice(0, count), cases: casesOf(...Array(cases).fill(true)) };
    expect(crossValidate(candidates, agreeing(count, cases), CROSS_RULES[preset]).reason).toBe(reason);
  });

  it.each([
    [1 / 2, { paper: false, qwen: false, hypherx: false }],
    [3 / 5, { paper: true, qwen: false, hypherx: false }],
    [4 / 5, { paper: true, qwen: true, hypherx: true }],
  ])('or its function by an accuracy of %d', (accuracy, kept) => {
    const cases = casesOf(...Array(10).fill(true));
    // The other two agree with all cases, so that all are kept.
    const own = cases.map((_, place) => (place < accuracy * 10 ? 'true' : 'false'));
    const all = cases.map(() => 'true');
    for (const preset of ['paper', 'qwen', 'hypherx'] as const) {
      const found = crossValidate({ functions, cases }, said(own, all, all), CROSS_RULES[preset]);
      expect(found.functions[0]).toEqual({ code: 'a', accuracy, kept: kept[preset] });
    }
  });

  it('by what there was before any case was left out', () => {
    // Of ten cases nine agree with nothing: there were ten.
    const cases = casesOf(true, ...Array<boolean>(9).fill(false));
    const verdicts = said(...functions.map(() => cases.map(() => 'true')));
    const found = crossValidate({ functions, cases }, verdicts, CROSS_RULES.qwen);
    expect(found.cases.filter(({ kept }) => kept)).toHaveLength(1);
    expect(found.reason).toBeNull();
  });
});

describe('Candidates are distinct', () => {
  it('functions but for empty lines and white space at line ends, cases by input and output', () => {
    const { functions, cases } = distinctCandidates({
      functions: ['def a():\n    x', 'def b():\n    x', 'def a():  \n\n    x\n', 'def a():\n  x'],
      cases: [...casesOf(true, false), { input: 'text 0', output: true }, { input: 'text 0', output: false }],
    });
    expect(functions).toEqual(['def a():\n    x', 'def b():\n    x', 'def a():\n  x']);
    expect(cases).toEqual([...casesOf(true, false), { input: 'text 0', output: false }]);
  });
});
