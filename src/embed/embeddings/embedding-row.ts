import type { ParsedRow, ReasonCode } from '../../rows/example.js';
import { embeddedText, type TextForm } from './embedded-text.js';

/** A row of the data, as `parseRow` gives it, and its position there, from 0. */
export interface RowToEmbed {
  readonly index: number;
  readonly row: ParsedRow;
}

/** A row of a file of embeddings. */
export interface EmbeddingRow {
  readonly index: number;
  readonly id: string | null;
  /** The content hash; null where the row can't be read. */
  readonly hash: string | null;
  /** Why there is no embedding; null where there is one. */
  readonly reason: ReasonCode | null;
  /** Its text was longer than the encoder takes, and was cut. */
  readonly truncated: boolean;
  readonly embedding: readonly number[] | null;
}

/** A row before its text is embedded. */
export type PendingRow = Omit<EmbeddingRow, 'embedding' | 'truncated'> & { readonly text: string | null };

export function pendingRow({ index, row }: RowToEmbed, form: TextForm): PendingRow {
  // A lone surrogate has no UTF-8 form.
  const id = row.id === null ? null : String(row.id).toWellFormed();
  if (!row.ok) return { index, id, hash: null, reason: row.reason, text: null };
  const text = embeddedText(row.example, form);
  return { index, id, hash: row.hash, reason: text === null ? 'empty_instruction' : null, text };
}

/** Digits that tell every f32 from its neighbours. */
const DIGITS = 9;

/** A row with its vector; one that is not finite is none. */
export function embeddingRow(
  { index, id, hash, reason }: PendingRow,
  vector: Float32Array | null,
  truncated = false,
): EmbeddingRow {
  const row = { index, id, hash, reason, truncated };
  if (vector === null) return { ...row, embedding: null };
  if (!vector.every(Number.isFinite)) return { ...row, reason: 'non_finite', embedding: null };
  return { ...row, embedding: Array.from(vector, (value) => Number(value.toPrecision(DIGITS))) };
}
