import { distinctBy } from '../../base/distinct-by.js';
import { parseThreshold, type Threshold } from '../../base/threshold.js';
import type { TestCase } from './examine-verifier.js';

/** What a constraint's functions and cases are held to. */
export interface CrossRules {
  /** What a function's accuracy over the cases must reach. */
  readonly accuracy: Threshold;
  /** Distinct functions and cases that there must be, before any is left out. */
  readonly minFunctions: number;
  readonly minCases: number;
}

export const CROSS_PRESETS = ['paper', 'qwen', 'hypherx'] as const;
export type CrossPreset = (typeof CROSS_PRESETS)[number];

/** As the paper (Dong et al., 2024) has it, its authors' code, and the code of the paper that builds on it. */
export const CROSS_RULES: Readonly<Record<CrossPreset, CrossRules>> = {
  paper: { accuracy: parseThreshold('>0.5'), minFunctions: 1, minCases: 1 },
  qwen: { accuracy: parseThreshold('>=0.8'), minFunctions: 3, minCases: 10 },
  hypherx: { accuracy: parseThreshold('>=0.8'), minFunctions: 1, minCases: 1 },
};

/** The distinct functions and cases of a constraint's samples, in the order in which they came. */
export interface Candidates {
  readonly functions: readonly string[];
  readonly cases: readonly TestCase[];
}

/** Functions are the same whatever empty lines and white space at line ends they have; of equal ones the first stays. */
export const distinctCandidates = ({ functions, cases }: Candidates): Candidates => ({
  functions: distinctBy(functions, codeKey),
  cases: distinctBy(cases, ({ input, output }) => JSON.stringify([input, output])),
});

const codeKey = (code: string): string =>
  code
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');

/** Why a constraint is dropped. */
export type CrossReason = 'no_functions' | 'no_cases' | 'too_few_functions' | 'too_few_cases' | 'no_agreeing_function';

/** What came of a constraint's functions and cases. */
export interface CrossValidation {
  /** All of them, in the order of the candidates. */
  readonly functions: readonly {
    readonly code: string;
    /** Share of the kept cases that it agrees with; null where no case was kept. */
    readonly accuracy: number | null;
    readonly kept: boolean;
  }[];
  /** A case is kept where at least one function agrees with it. */
  readonly cases: readonly (TestCase & { readonly kept: boolean })[];
  /** Null where the constraint is kept: at least one function is. */
  readonly reason: CrossReason | null;
}

/**
 * Holds a constraint's functions and cases against each other, as AutoIF does (Dong et al., 2024, section 3.2).
 *
 * @param candidates Distinct ones.
 * @param verdicts What each function says of each case: `true` and `false` agree with an output, all else with none.
 */
export function crossValidate(
  candidates: Candidates,
  verdicts: readonly (readonly { readonly verdict: string }[])[],
  { accuracy: threshold, minFunctions, minCases }: CrossRules,
): CrossValidation {
  const agrees = (place: number, { output }: TestCase, number: number): boolean =>
    verdicts[place]?.[number]?.verdict === String(output);
  const cases = candidates.cases.map((one, number) => ({
    ...one,
    kept: candidates.functions.some((_, place) => agrees(place, one, number)),
  }));
  const kept = cases.filter((one) => one.kept).length;
  const functions = candidates.functions.map((code, place) => {
    const agreeing = cases.filter((one, number) => one.kept && agrees(place, one, number)).length;
    const accuracy = kept === 0 ? null : agreeing / kept;
    return { code, accuracy, kept: accuracy !== null && threshold.accepts(accuracy) };
  });
  const reason =
    tooFew(functions.length, minFunctions, 'functions') ??
    tooFew(cases.length, minCases, 'cases') ??
    (functions.some((one) => one.kept) ? null : 'no_agreeing_function');
  return { functions, cases, reason };
}

function tooFew<What extends 'functions' | 'cases'>(
  count: number,
  least: number,
  what: What,
): `no_${What}` | `too_few_${What}` | null {
  if (count === 0) return `no_${what}`;
  return count < least ? `too_few_${what}` : null;
}
