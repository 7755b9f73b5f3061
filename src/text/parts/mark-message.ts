import { isRecord } from '../../base/json.js';
import type { Message } from '../../rows/example.js';
import { messageParts, type PartName } from '../../rows/message-parts.js';

/** A text, without blanks at its ends, and where in the message's own text it stands. */
export interface Words {
  readonly text: string;
  readonly at: number;
}

/** Puts marks around a text: a part, the name of a call or, said to be one, an argument of it. */
export type Mark = (text: string, isArgument?: boolean) => string;

/** The message with marks at the ends of one of its parts. */
export function withMarks(message: Message, part: PartName, words: Words | null, mark: Mark): Message {
  const { fields = {} } = message;
  if (words === null) {
    return { ...message, fields: { ...fields, tool_calls: callsOf(message).map((call) => markedCall(call, mark)) } };
  }
  const marked = (whole: string): string =>
    whole.slice(0, words.at) + mark(words.text) + whole.slice(words.at + words.text.length);
  const { field } = messageParts(message);
  return part === 'reasoning' && field !== null
    ? { ...message, fields: { ...fields, [field.name]: marked(field.text) } }
    : { ...message, content: marked(message.content) };
}

/** Marks within the blanks at an argument's ends, which templates strip. */
const inside = (text: string, mark: Mark): string => text.replace(/\S(?:[^]*\S)?/, (core) => mark(core, true));

function markedCall(call: unknown, mark: Mark): unknown {
  const inner = isRecord(call) ? call['function'] : undefined;
  if (isRecord(call) && isRecord(inner)) return { ...call, function: markedCall(inner, mark) };
  const named = isRecord(call) ? { ...call, name: mark(String(call['name'])) } : call;
  return withArguments(named, (given) => markedStrings(given, mark));
}

/** The call with other arguments. */
export function withArguments(call: unknown, change: (given: unknown) => unknown): unknown {
  if (!isRecord(call)) return call;
  const key = ['function', 'arguments', 'parameters'].find((name) => name in call);
  if (key === undefined) return call;
  const given = call[key];
  const changed = key === 'function' ? withArguments(given, change) : change(given);
  return changed === given ? call : { ...call, [key]: changed };
}

function markedStrings(value: unknown, mark: Mark): unknown {
  if (typeof value === 'string') return inside(value, mark);
  if (Array.isArray(value)) return value.map((inner) => markedStrings(inner, mark));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, markedStrings(inner, mark)]));
}

/** The calls of a message as the row has them. */
export function callsOf(message: Message | undefined): readonly unknown[] {
  const calls = message?.fields?.['tool_calls'];
  return Array.isArray(calls) ? calls : [];
}
