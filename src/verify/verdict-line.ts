import type { ParsedRow, ReasonCode } from '../rows/example.js';
import type { SourceRow } from '../rows/source-row.js';
import type { Checked } from './check-responses.js';
import { promptOf, responseOf } from './row-texts.js';
import { rowVerifiers } from './row-verifiers.js';
import type { Verifier } from './verifier.js';
import type { VerifierSet } from './verifier-set.js';

/** Why a row has no verdict. */
export type UnverifiedReason = 'no_constraint' | 'unknown_constraint' | 'no_response' | ReasonCode;

/** A line of the verdicts, keyed as `scores.jsonl` is. */
export interface VerdictLine {
  /** Content hash of the row as parsed; null where it could not be parsed. */
  readonly hash: string | null;
  readonly id: string | number | null;
  readonly index: number;
  /** Whether its accuracy passes; null where there is none. */
  readonly verified: boolean | null;
  readonly accuracy: number | null;
  readonly functions: Checked['functions'];
  /** See `Checked.errors`; absent where there are none. */
  readonly errors?: Checked['errors'];
  readonly reason: UnverifiedReason | null;
}

type Key = Pick<VerdictLine, 'hash' | 'id' | 'index'>;

/** A row that there is something to hold to, or the reason why there is nothing. */
export type RowToVerify = { readonly key: Key } & (
  | { readonly ok: true; readonly verifiers: readonly Verifier[]; readonly response: string }
  | { readonly ok: false; readonly reason: UnverifiedReason }
);

export function rowToVerify({ index, record }: SourceRow, row: ParsedRow, known: VerifierSet): RowToVerify {
  const key = { hash: row.ok ? row.hash : null, id: row.id, index };
  if (!row.ok || record === null) return { key, ok: false, reason: row.ok ? 'malformed_row' : row.reason };
  const { example } = row;
  const held = rowVerifiers(record, promptOf(example), known);
  if (!held.ok) return { key, ok: false, reason: held.reason };
  const response = responseOf(example);
  if (response === null) return { key, ok: false, reason: 'no_response' };
  return { key, ok: true, verifiers: held.verifiers, response };
}

/** @param checked Null where there was nothing to check. */
export function verdictLine(
  row: RowToVerify,
  checked: Checked | null,
  accepts: (accuracy: number) => boolean,
): VerdictLine {
  if (!row.ok || checked === null) {
    const reason = row.ok ? 'no_response' : row.reason;
    return { ...row.key, verified: null, accuracy: null, functions: {}, reason };
  }
  const { accuracy, functions, errors } = checked;
  const told = Object.keys(errors).length > 0 && { errors };
  return { ...row.key, verified: accepts(accuracy), accuracy, functions, ...told, reason: null };
}
