import type { RowLayout } from '../rows/row-layout.js';
import { queryRows } from '../database/database.js';
import { rankedRows, type RankedRun } from './ranked-rows.js';
import { exampleOf } from './row-example.js';
import type { RankedRow } from './row-text.js';

/** A row at the top or bottom of a selection. */
export interface RankedPreview {
  /** From 1. */
  readonly rank: number;
  /** What the rows are ordered by. */
  readonly value: number;
  /** Position of the row in the data, from 0. */
  readonly index: number;
  readonly id: string | number | null;
  /** The assistant turn that was ranked, where turns are ranked one by one. */
  readonly turn: number | null;
  readonly ifd: number | null;
  readonly icIfd: number | null;
  /** The row's instruction, or what the user says first. */
  readonly instruction: string;
}

/** The first `count` of a selection of `kept` rows, and the last `count` of those after them. */
export async function previewRows(
  run: RankedRun,
  layout: RowLayout,
  count: number,
  kept: number,
): Promise<{ top: RankedPreview[]; bottom: RankedPreview[] }> {
  if (count === 0) return { top: [], bottom: [] };
  const filter = `(part.position <= ${count} OR part.position > ${kept - count})`;
  const values: number[] = [];
  const ordered = `SELECT CAST(key AS DOUBLE) FROM selection part WHERE ${filter} ORDER BY part.position`;
  for await (const [value] of queryRows(run.connection, ordered)) values.push(Number(value));
  const rows: RankedPreview[] = [];
  for await (const row of rankedRows(run, 'selection', filter)) {
    const fields: Readonly<Record<string, unknown>> = Object.fromEntries(
      row.added.map(([name, json]): [string, unknown] => [name, JSON.parse(json)]),
    );
    const { id } = fields;
    rows.push({
      rank: Number(fields['rank']),
      value: values[rows.length] ?? Number.NaN,
      index: Number(fields['index']),
      id: typeof id === 'string' || typeof id === 'number' ? id : null,
      turn: numberOrNull(fields['turn']),
      ifd: numberOrNull(fields['ifd']),
      icIfd: numberOrNull(fields['ic_ifd']),
      instruction: instructionOf(row, layout),
    });
  }
  return { top: rows.slice(0, count), bottom: rows.slice(count) };
}

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);

function instructionOf(row: RankedRow, layout: RowLayout): string {
  const parsed = exampleOf(row, layout);
  if (!parsed.ok) return '';
  const { example } = parsed;
  if (example.kind === 'exchange') return example.instruction;
  return example.messages.find(({ role }) => role === 'user')?.content ?? '';
}
