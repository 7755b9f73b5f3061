import { isRecord } from '../base/json.js';
import type { Tools } from './example.js';
import { RowProblem } from './row-problem.js';

/**
 * Descriptions of tools: a list of objects, as such or as JSON text. Empty for anything else, which may be words about
 * them or their names. Throws a `RowProblem` for text that begins as such a list and is no JSON.
 */
export function parseTools(value: unknown, field: string): Tools {
  const list = typeof value === 'string' && /^\s*\[\s*\{/.test(value) ? jsonOf(value, field) : value;
  return Array.isArray(list) && list.every((tool) => isRecord(tool)) ? list : [];
}

function jsonOf(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RowProblem('malformed_row', `field '${field}' is text that is no valid JSON list`);
  }
}
