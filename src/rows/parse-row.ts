import { isRecord } from '../base/json.js';
import { contentHash } from './content-hash.js';
import { findLayout } from './detect-layout.js';
import type { Conversation, Example, Exchange, Message, ParsedRow } from './example.js';
import { parseMessage } from './parse-message.js';
import { answeredPart, listOf, parseMessages, parseTurns } from './parse-messages.js';
import { parseTools } from './parse-tools.js';
import type { ColumnMap, RowLayout } from './row-layout.js';
import { RowProblem, wrongType } from './row-problem.js';
import { scalarText } from './scalar-text.js';

type Row = Readonly<Record<string, unknown>>;

export interface ParseOptions {
  readonly answered?: boolean;
}

/**
 * What a row says. With a `layout` (`detectLayout`) all rows are read alike; without one, each row is looked at by
 * itself. A row that says nothing comes back with a reason and a detail that names the field; nothing is thrown. Empty
 * instructions and responses are no problem here: what they mean is the recipe's affair.
 *
 * @param options `answered: false`: a question is enough; messages behind the last answer stay, an answer may be missing.
 */
export function parseRow(
  row: Row,
  layout: RowLayout | null = findLayout([row]),
  { answered = true }: ParseOptions = {},
): ParsedRow {
  if (layout === null) {
    const columns = Object.keys(row).join(', ') || 'none';
    return {
      ok: false,
      id: null,
      reason: 'malformed_row',
      detail: `the row's fields are of no known format: ${columns}`,
    };
  }
  const id = idOf(row, layout.columns);
  try {
    const example = parseExample(row, layout, answered);
    return { ok: true, id, hash: contentHash(example), example };
  } catch (error) {
    if (!(error instanceof RowProblem)) throw error;
    return { ok: false, id, reason: error.reason, detail: error.message };
  }
}

function parseExample(row: Row, { format, columns }: RowLayout, answered: boolean): Example {
  const conversation = (messages: readonly Message[]): Conversation => {
    const led = ledBySystem(row, columns, messages);
    return { kind: 'conversation', messages: answered ? answeredPart(led) : led, ...tools(row, columns) };
  };
  if (columns.messages !== undefined) return conversation(parseTurns(row[columns.messages], columns.messages));
  const { instruction, output = 'output' } = columns;
  const prompt = instruction === undefined ? undefined : row[instruction];
  const answer = row[output];
  const areMessages = (value: unknown): boolean =>
    Array.isArray(value) && (format !== 'alpaca' || (value.length > 0 && value.every(isMessage)));
  // Both may be lists of messages, and an answer one of them; one that is a list may hold the prompt's messages, too.
  if (areMessages(answer) || isMessage(answer)) {
    const turns = isMessage(answer) ? [parseMessage(answer, output)] : parseMessages(answer, output);
    if (turns.some((message) => message.role === 'user')) return conversation(turns);
    return conversation([...promptMessages(prompt, instruction ?? 'prompt'), ...turns]);
  }
  if (areMessages(prompt)) {
    const response: Message = { role: 'assistant', content: text(row, output) };
    return conversation([...parseMessages(prompt, instruction ?? 'prompt'), response]);
  }
  return exchange(row, columns, output, answered);
}

const isMessage = (value: unknown): boolean => isRecord(value) && ('role' in value || 'from' in value);

function exchange(row: Row, columns: ColumnMap, output: string, answered: boolean): Exchange {
  return {
    kind: 'exchange',
    instruction: text(row, columns.instruction ?? 'instruction'),
    input: optionalText(row, columns.input),
    response: answered ? text(row, output) : optionalText(row, output),
    ...reasoningOf(row, columns),
    system: optionalText(row, columns.system),
    history: history(row, columns.history),
    ...tools(row, columns),
  };
}

function ledBySystem(row: Row, columns: ColumnMap, messages: readonly Message[]): readonly Message[] {
  const system = optionalText(row, columns.system);
  return system === '' || messages[0]?.role === 'system'
    ? messages
    : [{ role: 'system', content: system }, ...messages];
}

function reasoningOf(row: Row, { reasoning: column = 'reasoning_content' }: ColumnMap): Pick<Exchange, 'reasoning'> {
  const reasoning = optionalText(row, column);
  return reasoning.trim() === '' ? {} : { reasoning };
}

function tools(row: Row, { tools: column = 'tools' }: ColumnMap): Pick<Conversation, 'tools'> {
  const found = parseTools(row[column] ?? [], column);
  return found.length === 0 ? {} : { tools: found };
}

function promptMessages(prompt: unknown, field: string): Message[] {
  return typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : parseMessages(prompt, field);
}

function text(row: Row, column: string): string {
  const value = scalarText(row[column]);
  if (value === null) throw wrongType(column, row[column], 'text');
  return value;
}

/** A field that may be absent or null. */
function optionalText(row: Row, column: string | undefined): string {
  return column === undefined || row[column] === undefined || row[column] === null ? '' : text(row, column);
}

/** Earlier exchanges: a list of [user, assistant] pairs. */
function history(row: Row, column: string | undefined): (readonly [string, string])[] {
  if (column === undefined || row[column] === undefined || row[column] === null || row[column] === '') return [];
  return listOf(row[column], column).map((pair, position) => {
    const [user, assistant]: readonly unknown[] = Array.isArray(pair) && pair.length === 2 ? pair : [];
    if (typeof user === 'string' && typeof assistant === 'string') return [user, assistant] as const;
    throw wrongType(`${column}[${position}]`, pair ?? null, 'a pair of texts');
  });
}

function idOf(row: Row, { id }: ColumnMap): string | number | null {
  const value = id === undefined ? null : row[id];
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value)) ? value : null;
}
