import { isRecord } from '../base/json.js';
import type { Tools } from './example.js';
import { parseJson } from './readers/json-text.js';
import { RowProblem } from './row-problem.js';

/**
 * Descriptions of tools: a list of objects, or one of them, as such or as JSON text, in a list each on its own too. Empty
 * for anything else, which may be words about them or their names. Throws a `RowProblem` for text that begins as JSON of
 * objects and is none.
 */
export function parseTools(value: unknown, field: string): Tools {
  const list = typeof value === 'string' ? jsonOf(value, field) : value;
  const tools = Array.isArray(list)
    ? list.map((tool) => (typeof tool === 'string' ? jsonOf(tool, field) : tool))
    : [list];
  return tools.every((tool) => isRecord(tool)) ? tools : [];
}

function jsonOf(text: string, field: string): unknown {
  if (!/^\s*(?:\[\s*)?\{/.test(text)) return text;
  try {
    return parseJson(text);
  } catch {
    // Told below, unless each line is an object.
  }
  try {
    return text.trim().split(/\r?\n/).map(parseJson);
  } catch {
    throw new RowProblem('malformed_row', `field '${field}' is text that is no valid JSON`);
  }
}
