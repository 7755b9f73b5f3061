import { findLayout } from './detect-layout.js';
import type { ParsedRow } from './example.js';
import { parseRow, type ParseOptions } from './parse-row.js';
import type { RowLayout } from './row-layout.js';
import type { SourceFile, SourceRow } from './source-row.js';

/** The settled layout, or of a row of another shape its own; null where it has none that is known. */
function layoutOf(record: Readonly<Record<string, unknown>>, settled: RowLayout): RowLayout | null {
  const { columns, loose = false, answer } = settled;
  const wanted = columns.messages === undefined ? [columns.instruction, columns.output] : [columns.messages];
  const missing = wanted.filter((column) => column !== undefined && (record[column] ?? null) === null);
  if (!loose || missing.length === 0) return settled;
  // A row with a part of what is wanted is told what it lacks.
  return findLayout([record], { answer }) ?? (missing.length < wanted.length ? settled : null);
}

/** What a file's row says; where it says nothing, the detail names file, line and row. */
export function parseSourceRow(
  source: SourceRow,
  layout: RowLayout,
  files: readonly SourceFile[],
  options: ParseOptions = {},
): ParsedRow {
  if (source.record === null) {
    const { reason, detail } = source.problem ?? { reason: 'malformed_row', detail: 'the row cannot be read' };
    return { ok: false, id: null, reason, detail };
  }
  const own = layoutOf(source.record, layout);
  const parsed = parseRow(source.record, own, options);
  const row = own === null || own.format === layout.format ? parsed : { ...parsed, format: own.format };
  if (row.ok) return row;
  const path = files[source.file]?.path ?? '';
  const place = source.line === null ? '' : ` line ${source.line}`;
  return { ...row, detail: `${path}${place}, row ${source.index}: ${row.detail}` };
}
