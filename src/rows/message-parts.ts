import { isRecord } from '../base/json.js';
import type { Message } from './example.js';

/** A call of a tool. */
export interface ToolCall {
  readonly name: string;
  /** An object, or a text that should be its JSON. */
  readonly arguments: unknown;
}

/** Positions [from, to) in a text, in UTF-16 units. */
export type Place = readonly [from: number, to: number];

/** The parts of an assistant message; of any other one, its text. Blanks around a part are none of it. */
export interface MessageParts {
  /** A thought with a field of its own, under the name that the row has for it. */
  readonly field: { readonly name: string; readonly text: string } | null;
  /** Where in the content a thought, and the text itself, stand; null where there is none. */
  readonly thought: Place | null;
  readonly text: Place | null;
  readonly calls: readonly ToolCall[];
}

export type PartName = 'reasoning' | 'text' | 'calls';

/** Fields for reasoning, in the order in which Hugging Face's chat templates are given them. */
export const REASONING_FIELDS = ['reasoning_content', 'thinking', 'reasoning'] as const;

export function messageParts(message: Message): MessageParts {
  const { role, content, fields = {} } = message;
  if (role !== 'assistant') return { field: null, thought: null, text: textAlone(content).text, calls: [] };
  const name = REASONING_FIELDS.find((one) => typeof fields[one] === 'string' && fields[one].trim() !== '');
  // A thought in a field of its own is the thought: what is written like one in the content is text.
  const { thought, text } = name === undefined ? splitThought(content) : textAlone(content);
  return {
    field: name === undefined ? null : { name, text: String(fields[name]) },
    thought: message.callsInText === true ? null : thought,
    text: message.callsInText === true ? null : text,
    calls: Array.isArray(fields['tool_calls']) ? fields['tool_calls'].flatMap((call) => toolCall(call) ?? []) : [],
  };
}

/** An answer's text and what was thought before it; blanks of the text stay, but for empty lines behind a thought. */
export function answerOf(message: Message): { readonly text: string; readonly reasoning: string | null } {
  const { field, thought } = messageParts(message);
  const { behind } = field === null ? splitThought(message.content) : { behind: 0 };
  const inText = thought === null ? null : message.content.slice(...thought);
  return { text: message.content.slice(behind), reasoning: field?.text ?? inText };
}

export const hasCalls = (message: Message): boolean =>
  message.callsInText === true || messageParts(message).calls.length > 0;

/** A call as OpenAI writes it, or without the object around it; null where it has no name. */
export function toolCall(value: unknown): ToolCall | null {
  const call = isRecord(value) && isRecord(value['function']) ? value['function'] : value;
  if (!isRecord(call) || typeof call['name'] !== 'string') return null;
  return { name: call['name'], arguments: call['arguments'] ?? call['parameters'] ?? {} };
}

const textAlone = (content: string) => ({ thought: null, text: trimmed(content, 0, content.length), behind: 0 });

const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * A thought at a content's head, `<think>…</think>`, and the text behind it. One that is not closed goes on to the end;
 * one that is only closed was opened by the prompt.
 */
export function splitThought(content: string): {
  readonly thought: Place | null;
  readonly text: Place | null;
  /** Where the text begins, behind empty lines but with its indentation; 0 where there is no thought. */
  readonly behind: number;
} {
  const open = content.indexOf(OPEN);
  const close = content.indexOf(CLOSE);
  const isOpened = open >= 0 && content.slice(0, open).trim() === '';
  const isClosed = close >= 0 && (isOpened || open < 0 || close < open);
  if (!isOpened && !isClosed) return textAlone(content);
  const from = isOpened ? open + OPEN.length : 0;
  const { length } = content;
  if (!isClosed) return { thought: trimmed(content, from, length), text: null, behind: length };
  const end = close + CLOSE.length;
  const lines = /^(?:\s*\n| *)/.exec(content.slice(end))?.[0].length ?? 0;
  return { thought: trimmed(content, from, close), text: trimmed(content, end, length), behind: end + lines };
}

/** The place between the blanks at both ends; null where there are only blanks. */
function trimmed(text: string, from: number, to: number): Place | null {
  const part = text.slice(from, to);
  const begin = from + part.length - part.trimStart().length;
  const end = from + part.trimEnd().length;
  return begin < end ? [begin, end] : null;
}
