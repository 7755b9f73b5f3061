import { isRecord } from '../base/json.js';
import { parseVerifier, VerifierFault } from './parse-verifier.js';
import type { Verifier } from './verifier.js';
import type { VerifierSet } from './verifier-set.js';

/** What a row's answer is held to, or why there is nothing. */
export type RowVerifiers =
  | { readonly ok: true; readonly verifiers: readonly Verifier[] }
  | { readonly ok: false; readonly reason: 'no_constraint' | 'unknown_constraint' | 'malformed_row' };

type Row = Readonly<Record<string, unknown>>;

/**
 * The verifiers that hold for a row: of the constraints that it names (its `verification`, else its column `constraint` or
 * `constraints`, by ids or texts), else of its own functions (as published rows have them), else of the constraints that
 * stand in its prompt. A row that names one without functions is held to none.
 */
export function rowVerifiers(row: Row, prompt: string, known: VerifierSet): RowVerifiers {
  const names = namedBy(row);
  if (names.length > 0) {
    const found = names.map((name) => known.find(name));
    const verifiers = new Map(found.flatMap((one) => (one === null ? [] : [[one.id, one] as const])));
    return found.includes(null)
      ? { ok: false, reason: 'unknown_constraint' }
      : { ok: true, verifiers: [...verifiers.values()] };
  }
  const verifiers = ownOf(row) ?? known.within(prompt);
  if (verifiers === 'faulty') return { ok: false, reason: 'malformed_row' };
  return verifiers.length === 0 ? { ok: false, reason: 'no_constraint' } : { ok: true, verifiers };
}

function namedBy(row: Row): readonly string[] {
  const verification = fromText(row['verification']);
  const lists = [isRecord(verification) ? verification['constraints'] : null, row['constraint'], row['constraints']];
  return lists.map(textsOf).find((texts) => texts.length > 0) ?? [];
}

function textsOf(value: unknown): readonly string[] {
  const list = fromText(value);
  const texts = Array.isArray(list) ? list : [list];
  return texts.filter((one): one is string => typeof one === 'string' && one.trim() !== '');
}

/** The functions that a row of the published files has of its own. */
function ownOf(row: Row): readonly Verifier[] | 'faulty' | null {
  if (row['eval_func'] === undefined || row['eval_func'] === null) return null;
  try {
    const verifier = parseVerifier({ instruction: row['instruction'], eval_func: fromText(row['eval_func']) });
    return verifier === null || verifier.functions.length === 0 ? [] : [verifier];
  } catch (error) {
    if (error instanceof VerifierFault) return 'faulty';
    throw error;
  }
}

/** Lists and objects come as JSON text from CSV. */
function fromText(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
