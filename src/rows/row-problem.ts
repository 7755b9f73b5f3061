import type { ReasonCode } from './example.js';
import { kindOf } from './readers/decode-row.js';

/** Why a row can't be parsed; thrown and caught within the parser of rows. */
export class RowProblem extends Error {
  constructor(
    readonly reason: ReasonCode,
    detail: string,
  ) {
    super(detail);
  }
}

/** The problem of a field that should be something else; the value is shown where it is short. */
export function wrongType(field: string, value: unknown, wanted: string): RowProblem {
  if (value === undefined) return new RowProblem('malformed_row', `field '${field}' is missing`);
  const shown = typeof value === 'number' || typeof value === 'boolean' ? ` (${value})` : '';
  return new RowProblem('malformed_row', `field '${field}' is ${kindOf(value)}${shown}, not ${wanted}`);
}
