import { EvosiftError } from '../base/errors.js';
import { isRecord } from '../base/json.js';
import { isListOfTurns } from './parse-messages.js';
import type { ColumnMap, RowFormat, RowLayout } from './row-layout.js';

export interface LayoutOptions {
  readonly format?: 'auto' | RowFormat;
  /** Columns that are given rather than found; an empty name says that there is none. */
  readonly columns?: ColumnMap;
  /** The answer of a preference row that counts; default `chosen`. */
  readonly answer?: 'chosen' | 'rejected';
}

type Row = Readonly<Record<string, unknown>>;

/** Columns that hold an instruction, each with those that may hold its response, the usual ones first. */
const PAIRS: readonly (readonly [instruction: string, outputs: readonly string[]])[] = [
  ['instruction', ['output', 'response', 'answer', 'completion']],
  ['prompt', ['completion', 'response', 'output', 'answer']],
  ['query', ['response', 'answer', 'output']],
  ['question', ['answer', 'response', 'output', 'solution']],
  ['problem', ['solution', 'answer', 'response']],
  ['input', ['output', 'response', 'answer']],
];

/** The pair that a format names itself after is tried first. */
const OWN_PAIR: Readonly<Partial<Record<RowFormat, readonly [string, readonly string[]]>>> = {
  'prompt-completion': ['prompt', ['completion']],
  'query-response': ['query', ['response']],
};

const MESSAGE_COLUMNS = ['messages', 'conversations', 'conversation'];
/** Columns of turns without names, where nothing else is there to be read; `data` is UltraChat's. */
const TURN_COLUMNS = [...MESSAGE_COLUMNS, 'data'];
const ID_COLUMNS = ['id', '_id', 'uid', 'uuid', 'prompt_id'];

/** The fields that columns can be given for. */
export const COLUMN_FIELDS = [
  'instruction',
  'input',
  'output',
  'id',
  'system',
  'history',
  'messages',
  'tools',
  'reasoning',
] as const satisfies readonly (keyof ColumnMap)[];

/**
 * Settles from a sample of rows how all rows are read: the format, and the column of each field. What `options` gives
 * is kept, the rest is found by the columns' usual names.
 * Throws `bad_data` where the columns make no sense, `bad_argument` where a given column is in no row.
 */
export function detectLayout(sample: readonly Row[], options: LayoutOptions = {}): RowLayout {
  const names = columnNames(sample);
  const shown = names.map((name) => `'${name}'`).join(', ') || 'none';
  for (const [field, column] of Object.entries(options.columns ?? {})) {
    if (column !== '' && !names.includes(column)) {
      throw new EvosiftError('bad_argument', `\`columns\` ${field}=${column}: no such column; there are ${shown}`, {
        option: 'columns',
      });
    }
  }
  const layout = findLayout(sample, options);
  if (layout !== null) return layout;
  if (options.answer !== undefined) {
    throw new EvosiftError(
      'bad_data',
      `\`answer\` is for preference rows, with columns chosen and rejected; there are ${shown}`,
      { option: 'answer' },
    );
  }
  const format = options.format ?? 'auto';
  throw new EvosiftError(
    'bad_data',
    `the columns ${shown} are ${format === 'auto' ? 'of no known format' : `not those of the format ${format}`}; ` +
      'say which is which with `columns` instruction=…,output=…',
    { option: 'columns' },
  );
}

/** As `detectLayout`, but null where the columns make no sense. */
export function findLayout(sample: readonly Row[], options: LayoutOptions = {}): RowLayout | null {
  const given = options.columns ?? {};
  const find = finder(columnNames(sample), Object.values(given));
  const format = options.format ?? 'auto';
  const extra = {
    id: given.id ?? find(ID_COLUMNS),
    system: given.system ?? find(['system']),
    tools: given.tools,
    reasoning: given.reasoning,
  };

  const talk = MESSAGE_COLUMNS.find((name) => sample.some((row) => messageStyle(row[name])));
  const answers = find([options.answer ?? 'chosen']);
  // LLaMA-Factory's preference rows: a conversation without its last answer, and two messages that may be that.
  if (format === 'auto' && talk !== undefined && sample.some((row) => answers && isRecord(row[answers]))) {
    return layoutOf('preference', { instruction: talk, output: answers, ...extra });
  }
  const pairIsGiven = given.instruction !== undefined && given.output !== undefined;
  const wantsMessages = format === 'sharegpt' || format === 'messages';
  if (wantsMessages || (format === 'auto' && !pairIsGiven && options.answer === undefined)) {
    const messages = given.messages ?? talk;
    if (messages !== undefined) {
      const style = sample.map((row) => messageStyle(row[messages])).find((found) => found !== null);
      return layoutOf(wantsMessages ? format : (style ?? 'messages'), { ...extra, messages });
    }
    if (wantsMessages) return turnLayout(sample, format, extra);
  }

  const asPreference = options.answer !== undefined || (find(['chosen']) && find(['rejected']));
  if (format === 'preference' || (format === 'auto' && !pairIsGiven && asPreference)) {
    const output = given.output ?? find([options.answer ?? 'chosen']);
    if (output === undefined) return null;
    const instruction = given.instruction ?? find(PAIRS.map(([name]) => name));
    const input = given.input ?? (instruction === 'instruction' ? find(['input']) : undefined);
    return layoutOf('preference', { instruction, input, output, ...extra });
  }

  const own = OWN_PAIR[format as RowFormat];
  for (const [first, outputs] of own === undefined ? PAIRS : [own, ...PAIRS]) {
    const instruction = given.instruction ?? find([first]);
    const output = given.output ?? find(outputs.filter((name) => name !== instruction));
    if (instruction === undefined || output === undefined || instruction === output) continue;
    const found = format === 'auto' ? pairFormat(instruction, output) : format;
    // A column of that name is the instruction's input only in rows of Alpaca's kind.
    const inputs = instruction === 'instruction' ? ['input', 'context'] : ['input'];
    const input = given.input ?? (found === 'alpaca' && instruction !== 'input' ? find(inputs) : undefined);
    const history = given.history ?? find(['history']);
    return layoutOf(found, { instruction, input, output, ...extra, history });
  }
  return format === 'auto' ? turnLayout(sample, 'messages', extra) : null;
}

/** That of rows whose turns are texts, or pairs of them; null where there is no such column. */
function turnLayout(
  sample: readonly Row[],
  format: RowFormat,
  extra: Readonly<Record<string, string | undefined>>,
): RowLayout | null {
  const messages = TURN_COLUMNS.find((name) => sample.some((row) => isListOfTurns(row[name])));
  return messages === undefined ? null : layoutOf(format, { ...extra, messages });
}

/**
 * Reads `instruction=question,output=answer` as a command line has it; a field without a name (`input=`) has no column.
 * Throws `bad_argument`.
 */
export function parseColumns(text: string): ColumnMap {
  const columns: Record<string, string> = {};
  for (const part of text.split(',')) {
    const [, field = '', column = ''] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    if (!COLUMN_FIELDS.some((name) => name === field)) {
      const what = field === '' ? `'${part.trim()}' is no field=column` : `'${field}' is no field`;
      throw new EvosiftError('bad_argument', `\`columns\`: ${what}; the fields are ${COLUMN_FIELDS.join(', ')}`, {
        option: 'columns',
      });
    }
    if (columns[field] !== undefined)
      throw new EvosiftError('bad_argument', `\`columns\` names '${field}' twice`, { option: 'columns' });
    columns[field] = column;
  }
  return columns;
}

/** Which kind of list of messages a value is, as such or as JSON text (CSV); null for anything else. */
function messageStyle(value: unknown): 'sharegpt' | 'messages' | null {
  if (typeof value === 'string') {
    if (!/^\s*\[\s*\{/.test(value)) return null;
    return /"from"\s*:/.test(value) ? 'sharegpt' : /"role"\s*:/.test(value) ? 'messages' : null;
  }
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  if (typeof first !== 'object' || first === null) return null;
  return 'from' in first ? 'sharegpt' : 'role' in first ? 'messages' : null;
}

function pairFormat(instruction: string, output: string): RowFormat {
  if (instruction === 'prompt' && output === 'completion') return 'prompt-completion';
  return instruction === 'query' && output === 'response' ? 'query-response' : 'alpaca';
}

/** Finds the first of some names among the columns, exactly or else but for case; columns in use are left out. */
function finder(names: readonly string[], used: readonly (string | undefined)[]) {
  const free = names.filter((name) => !used.includes(name));
  return (wanted: readonly string[]): string | undefined =>
    wanted.find((name) => free.includes(name)) ??
    wanted.flatMap((name) => free.filter((column) => column.toLowerCase() === name))[0];
}

function columnNames(sample: readonly Row[]): string[] {
  return [...new Set(sample.flatMap((row) => Object.keys(row)))];
}

function layoutOf(format: RowFormat, columns: Readonly<Record<string, string | undefined>>): RowLayout {
  return { format, columns: Object.fromEntries(Object.entries(columns).filter(isKept)) };
}

/** An empty name is kept where a column is read without being named. */
const isKept = ([field, name]: readonly [string, string | undefined]): boolean =>
  field === 'tools' || field === 'reasoning' ? name !== undefined : Boolean(name);
