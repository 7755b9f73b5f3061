import { findJsonObject } from '../../ask/answers/json-object.js';
import { isRefusal } from '../../ask/answers/refusal.js';
import { splitThinking } from '../../ask/answers/thinking.js';
import { shown } from '../../ask/answers/words.js';
import { Counts } from '../../base/counts.js';
import { isRecord } from '../../base/json.js';
import type { Completion } from '../../llm/chat.js';
import { pythonCode } from './python-code.js';

/** A text and whether it keeps to the constraint. */
export interface TestCase {
  readonly input: string;
  readonly output: boolean;
}

/** Why an answer gives no verifier. */
export type VerifierFailure =
  'cut_off' | 'refusal' | 'empty' | 'thinking_tags' | 'unparsable' | 'no_function' | 'no_cases';

/** Why a test case is none: no text, no truth value, or the same as another one. */
export type CaseFlaw = 'input' | 'output' | 'duplicate';

/** What an answer gives that was asked for a function and test cases. */
export interface VerifierFinding {
  /** Python that defines `evaluate(response)`; null where there is none. */
  readonly code: string | null;
  readonly cases: readonly TestCase[];
  /** By flaw. */
  readonly droppedCases: Readonly<Partial<Record<CaseFlaw, number>>>;
  /** Null where it gives a function and at least one case. Of `no_cases` the function, of `no_function` the cases are there. */
  readonly failed: VerifierFailure | null;
  /** What was found in place of it; empty where nothing failed. */
  readonly detail: string;
}

/** Examines an answer to `write-verifier`. */
export function examineVerifier(
  { constraint }: { readonly constraint: string },
  { text: answer, finishReason }: Completion,
): VerifierFinding {
  const { text, thinking } = splitThinking(answer, constraint);
  const cut = finishReason === 'length';
  if (text === '' && !cut) return nothing(thinking === '' ? 'empty' : 'thinking_tags', '');
  const object = findJsonObject(text, 'func');
  if (cut && object?.whole !== true) return nothing('cut_off', `it ends with ${shown(answer.slice(-60))}`);
  if (object === null) return nothing(isRefusal(text, constraint) ? 'refusal' : 'unparsable', shown(text));
  const code = codeOf(object.value['func']);
  const { cases, droppedCases } = casesOf(object.value['cases']);
  if (code === null) {
    const keys = Object.keys(object.value).join(', ');
    return { code, cases, droppedCases, failed: 'no_function', detail: `the object holds ${shown(keys)}` };
  }
  if (!/^[ \t]*(?:async[ \t]+)?def[ \t]+evaluate[ \t]*\(/m.test(code)) {
    return { code: null, cases, droppedCases, failed: 'no_function', detail: shown(code) };
  }
  if (cases.length === 0) return { code, cases, droppedCases, failed: 'no_cases', detail: '' };
  return { code, cases, droppedCases, failed: null, detail: '' };
}

const nothing = (failed: VerifierFailure, detail: string): VerifierFinding => ({
  code: null,
  cases: [],
  droppedCases: {},
  failed,
  detail,
});

/** Some give it as a list of lines. */
function codeOf(func: unknown): string | null {
  const text = Array.isArray(func) && func.every((line) => typeof line === 'string') ? func.join('\n') : func;
  return typeof text === 'string' && text.trim() !== '' ? pythonCode(text) : null;
}

function casesOf(value: unknown): Pick<VerifierFinding, 'cases' | 'droppedCases'> {
  const given: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const cases = new Map<string, TestCase>();
  const dropped = new Counts();
  for (const one of given) {
    const { input = null, output = null } = isRecord(one) ? one : {};
    const expected = truthOf(output);
    if (typeof input !== 'string') dropped.add('input');
    else if (expected === null) dropped.add('output');
    else {
      const name = JSON.stringify([input, expected]);
      if (cases.has(name)) dropped.add('duplicate');
      else cases.set(name, { input, output: expected });
    }
  }
  return { cases: [...cases.values()], droppedCases: dropped.values };
}

const TRUTHS: Readonly<Record<string, boolean>> = { true: true, yes: true, 1: true, false: false, no: false, 0: false };

/** Of `true`, `"True"`, `"yes"`, `1` and their opposites; null of all else. */
function truthOf(output: unknown): boolean | null {
  if (typeof output === 'boolean') return output;
  if (typeof output !== 'string' && typeof output !== 'number') return null;
  const word = String(output).trim().toLowerCase();
  return Object.hasOwn(TRUTHS, word) ? (TRUTHS[word] ?? null) : null;
}
