import { EvosiftError } from '../base/errors.js';
import { detectLayout, type LayoutOptions } from './detect-layout.js';
import type { RowLayout } from './row-layout.js';
import type { RowSource } from './source-row.js';

/** Rows that format and columns are settled by. */
const SAMPLE_ROWS = 100;

/**
 * Settles by the first rows how all of them are read, unless a row shows another shape.
 *
 * @throws EvosiftError `bad_data` where none of them can be read, and as `detectLayout`.
 */
export async function settleLayout(rows: Pick<RowSource, 'rows'>, options: LayoutOptions): Promise<RowLayout> {
  const sample: Readonly<Record<string, unknown>>[] = [];
  let problem = '';
  for await (const row of rows.rows({ to: SAMPLE_ROWS })) {
    if (row.record !== null) sample.push(row.record);
    else if (problem === '') problem = row.problem?.detail ?? '';
  }
  if (sample.length === 0) throw new EvosiftError('bad_data', `None of the first rows can be read. ${problem}`);
  const layout = detectLayout(sample, options);
  const isFixed = options.columns !== undefined || (options.format ?? 'auto') !== 'auto';
  return isFixed ? layout : { ...layout, loose: true, answer: options.answer };
}
