import { EvosiftError } from '../base/errors.js';
import { isRecord } from '../base/json.js';
import { byteOrderMark } from '../files/bytes.js';
import { findLayout } from './detect-layout.js';
import { JsonOutliner, type JsonOutline } from './readers/json-outline.js';
import type { TableOrient } from './readers/json-table.js';
import type { SourceFile } from './source-row.js';

/**
 * What a file is that begins with an object: lines of rows, or one object with rows in it.
 *
 * @param hints `field`: the member that is the array of rows, where the user names it. `isSpread`: the first line is
 *   no object of its own.
 * @throws EvosiftError `bad_data` where the file is one object and it is not clear where its rows are; `bad_argument`
 *   where `field` is no array of objects in it.
 */
export async function detectObject(
  path: string,
  chunks: AsyncIterable<Buffer>,
  { field, isSpread }: { readonly field: string | undefined; readonly isSpread: boolean },
): Promise<Pick<SourceFile, 'format'> & Partial<Pick<SourceFile, 'wrapped' | 'orient'>>> {
  const { sketch, arrays, end, ...outline } = await outlineOf(chunks);
  const wrapped = (name: string) => {
    const { offset, line } = arrays.get(name) ?? { offset: 0, line: 1 };
    return { format: 'json', wrapped: { field: name, offset, line } } as const;
  };
  const fields = arraysOfObjects(sketch);
  if (field !== undefined && end !== 'followed') {
    if (fields.includes(field)) return wrapped(field);
    const there = fields.length === 0 ? 'it has none' : `it has ${fields.join(', ')}`;
    throw bad('bad_argument', `\`field\` ${field}: ${path} has no array of objects of that name; ${there}`);
  }
  if (end === 'followed' && (isSpread || outline.isSpread)) {
    throw bad(
      'bad_data',
      `${path} holds objects over several lines; put each on a line of its own, e.g. with: jq -c .`,
    );
  }
  if (end === 'followed' || (end === 'broken' && !isSpread)) return { format: 'jsonl' };
  const found = classifyObject(sketch);
  switch (found.kind) {
    case 'wrapped':
      return wrapped(found.field);
    case 'ambiguous':
      throw bad(
        'bad_data',
        `${path} is one JSON object with several arrays of objects, ${found.fields.join(', ')}; ` +
          'say which of them holds the rows with `field`',
      );
    case 'table':
      return { format: 'json-table', orient: found.orient };
    case 'row':
      if (!isSpread && !outline.isSpread) return { format: 'jsonl' };
      throw bad(
        'bad_data',
        `${path} is one JSON object over several lines, and nothing in it is an array of rows; ` +
          'if it is a row, put it on one line, e.g. with: jq -c .',
      );
  }
}

async function outlineOf(chunks: AsyncIterable<Buffer>): Promise<JsonOutline> {
  let outliner: JsonOutliner | null = null;
  for await (const chunk of chunks) {
    const mark: number = outliner === null ? byteOrderMark(chunk) : 0;
    outliner ??= new JsonOutliner(mark);
    if (!outliner.push(chunk.subarray(mark))) break;
  }
  return (outliner ?? new JsonOutliner(0)).outline;
}

const bad = (code: 'bad_argument' | 'bad_data', message: string): EvosiftError =>
  new EvosiftError(code, message, { option: 'field' });

type Sketch = Readonly<Record<string, unknown>>;

/** What a file is that holds one JSON object and nothing else. */
export type ObjectFile =
  | { readonly kind: 'row' }
  /** Its rows are the objects of the array `field`. */
  | { readonly kind: 'wrapped'; readonly field: string }
  /** There are several arrays of objects. */
  | { readonly kind: 'ambiguous'; readonly fields: readonly string[] }
  | { readonly kind: 'table'; readonly orient: TableOrient };

/**
 * Tells a row from rows in a wrapper or a table, by a sketch of the object (`JsonOutline.sketch`). The one place of the
 * rule, tried in this order:
 *
 * 1. A table with its columns' names apart (pandas' `split`) is one, though its `data` may look like turns.
 * 2. A list of messages or turns makes it a row (`messages` of objects with a role, UltraChat's `data` of texts).
 * 3. Columns in place of rows make it a table, as pandas and `datasets` write them.
 * 4. Columns of a known format, such as instruction and output, or chosen and rejected, make it a row, whatever lists of
 *    objects (`tools`, a prompt's messages) stand among them.
 * 5. An array of objects makes it a wrapper of rows.
 * 6. Everything else is a row, if not one that can be read.
 */
export function classifyObject(sketch: Sketch): ObjectFile {
  if (isSplit(sketch)) return { kind: 'table', orient: 'split' };
  const layout = findLayout([sketch]);
  if (layout?.columns.messages !== undefined) return { kind: 'row' };
  const orient = orientOf(sketch, layout !== null);
  if (orient !== null) return { kind: 'table', orient };
  if (layout !== null) return { kind: 'row' };
  const fields = arraysOfObjects(sketch);
  const [field] = fields;
  if (field === undefined) return { kind: 'row' };
  return fields.length === 1 ? { kind: 'wrapped', field } : { kind: 'ambiguous', fields };
}

/** The members that may hold rows. */
export const arraysOfObjects = (sketch: Sketch): string[] =>
  Object.entries(sketch).flatMap(([name, value]) => (Array.isArray(value) && isRecord(value[0]) ? [name] : []));

/** Columns' names beside rows of values, as pandas calls it. */
function isSplit({ columns, index = [], data, ...others }: Sketch): boolean {
  const areLists = [columns, index, data].every(Array.isArray) && Array.isArray((data as unknown[])[0]);
  return areLists && Object.keys(others).length === 0;
}

function orientOf(sketch: Sketch, isKnown: boolean): TableOrient | null {
  const values = Object.values(sketch);
  const [first] = values;
  if (isRecord(first) && values.every(isRecord)) {
    const names = Object.keys(first).join('\n');
    const isRow = findLayout([first]) !== null || Object.hasOwn(sketch, '0');
    if (isRow) return 'index';
    const areAlike = values.length > 1 && values.every((value) => Object.keys(value).join('\n') === names);
    return isKnown || areAlike ? 'columns' : null;
  }
  if (!values.every((value) => Array.isArray(value) && value.length > 0)) return null;
  const firsts = (values as readonly (readonly unknown[])[]).map(([value]) => value);
  const hasObjects = firsts.some(isRecord);
  const hasTexts = values.length > 1 && firsts.some((value) => !Array.isArray(value) && !isRecord(value));
  const hasConversations = firsts.some((value) => Array.isArray(value) && isRecord(value[0]));
  return (hasTexts && (isKnown || !hasObjects)) || (hasConversations && !hasObjects) ? 'list' : null;
}
