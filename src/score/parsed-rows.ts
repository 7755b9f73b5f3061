import { isRecord } from '../base/json.js';
import { findLayout, type LayoutOptions } from '../rows/detect-layout.js';
import type { Example, ParsedRow } from '../rows/example.js';
import { parseRow } from '../rows/parse-row.js';
import { textsOf } from './sequences/turns.js';

/** A row that was read, with its position in the input. */
export interface IndexedRow {
  readonly index: number;
  readonly row: ParsedRow;
}

/** Something that takes a row's place in the order and comes out as it went in. */
export interface PassingRow<Value> {
  readonly index: number;
  readonly passing: Value;
}

interface RowToPrepare {
  readonly row: { readonly ok: false } | { readonly ok: true; readonly example: Example };
}

/** What a row's encodings cost whatever its text, as UTF-16 units of text that would cost as much. */
const ROW_COST = 200;

/** What a row costs to prepare: UTF-16 units of the texts that its tokens come from, and what every row costs. */
export function preparingCost(entry: RowToPrepare | PassingRow<unknown>): number {
  return 'row' in entry && entry.row.ok ? ROW_COST + exampleLength(entry.row.example) : 1;
}

const exampleLength = (example: Example): number => textsOf(example).reduce((sum, text) => sum + text.length, 0);

/**
 * Raw records as parsed rows, numbered from 0, each read by its own layout. What is no record becomes a malformed row.
 */
export async function* indexed(
  rows: Iterable<unknown> | AsyncIterable<unknown>,
  options: LayoutOptions,
): AsyncGenerator<IndexedRow, void, undefined> {
  let index = 0;
  for await (const row of rows) yield { index: index++, row: parseAny(row, options) };
}

function parseAny(row: unknown, options: LayoutOptions): ParsedRow {
  if (isRecord(row)) return parseRow(row, findLayout([row], options));
  const what = row === null ? 'null' : Array.isArray(row) ? 'an array' : `a ${typeof row}`;
  return { ok: false, id: null, reason: 'malformed_row', detail: `the row is ${what}, not an object` };
}
