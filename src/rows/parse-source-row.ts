import type { ParsedRow } from './example.js';
import { parseRow } from './parse-row.js';
import type { RowLayout } from './row-layout.js';
import type { SourceFile, SourceRow } from './source-row.js';

/** What a file's row says; where it says nothing, the detail names file, line and row. */
export function parseSourceRow(source: SourceRow, layout: RowLayout, files: readonly SourceFile[]): ParsedRow {
  if (source.record === null) {
    const detail = source.problem?.detail ?? 'the row cannot be read';
    return { ok: false, id: null, reason: 'malformed_row', detail };
  }
  const row = parseRow(source.record, layout);
  if (row.ok) return row;
  const path = files[source.file]?.path ?? '';
  const place = source.line === null ? '' : ` line ${source.line}`;
  return { ...row, detail: `${path}${place}, row ${source.index}: ${row.detail}` };
}
