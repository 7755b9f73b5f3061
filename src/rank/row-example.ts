import { parseRow } from '../rows/parse-row.js';
import type { ParsedRow } from '../rows/example.js';
import { parseJson } from '../rows/readers/json-text.js';
import type { RowLayout } from '../rows/row-layout.js';
import { ownFields, type RankedRow } from './row-text.js';

/** What a row says: by the run's layout, or else by its own. */
export function exampleOf({ text, shape }: RankedRow, layout: RowLayout): ParsedRow {
  const record = Object.fromEntries(ownFields(text, shape).map(([name, json]) => [name, parseJson(json)]));
  const parsed = parseRow(record, layout);
  if (parsed.ok) return parsed;
  const own = parseRow(record);
  return own.ok ? own : parsed;
}
