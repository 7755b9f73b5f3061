import { isRecord } from '../../base/json.js';
import type { Example, Message } from '../../rows/example.js';
import { answerOf, messageParts, type ToolCall } from '../../rows/message-parts.js';
import { parseJson } from '../../rows/readers/json-text.js';

/** A message as a trainer is given it: a thought stands in the content, as `<think>` lines before the text. */
export interface TrainingMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  /** Of an assistant; empty where it calls no tool. */
  readonly calls: readonly (ToolCall & { readonly id: string | null; readonly arguments: object })[];
  /** Of a tool: what it answers. */
  readonly name: string | null;
  readonly callId: string | null;
  /** Whether the model is to learn to write it. */
  readonly learnt: boolean;
}

/** A row as a trainer is given it: at least one message is learnt, the last one. */
export interface TrainingRow {
  readonly messages: readonly TrainingMessage[];
  /** JSON text of the tools' descriptions; null where there are none. */
  readonly tools: string | null;
}

/** Why a row can't be given to a trainer. */
export type RefusalCode =
  | 'unreadable'
  | 'nothing_to_learn'
  | 'tool_calls_in_text'
  | 'context_answers'
  | 'turn_order'
  | 'text_beside_tool_calls'
  | 'tools_in_alpaca_template'
  | 'system_in_the_middle';

/** A row that a trainer, or the template, has no form for. */
export class Refusal {
  constructor(readonly reason: RefusalCode) {}
}

/**
 * A row in a trainer's words. What follows its last answer is left out, as in scoring.
 *
 * @param isLastTurnOnly Of its answers the last one alone is learnt.
 */
export function trainingRow(example: Example, isLastTurnOnly: boolean): TrainingRow | Refusal {
  const messages = example.kind === 'exchange' ? messagesOf(example) : example.messages;
  if (messages.some(({ callsInText }) => callsInText === true)) return new Refusal('tool_calls_in_text');
  const first = messages.findIndex(({ role }) => role === 'user');
  const rows = messages.map((message, at) => trainingMessage(message, at > first && first >= 0));
  if (rows.some((message) => message === null)) return new Refusal('tool_calls_in_text');
  const all = rows.filter((message) => message !== null);
  const last = all.findLastIndex(({ learnt }) => learnt);
  if (last < 0) return new Refusal('nothing_to_learn');
  const tools = example.tools === undefined ? null : JSON.stringify(example.tools);
  const upToIt = all.slice(0, last + 1);
  const messagesLearnt = upToIt.map((message, at) => (at < last ? { ...message, learnt: false } : message));
  return { messages: isLastTurnOnly ? messagesLearnt : upToIt, tools };
}

type Exchange = Example & { kind: 'exchange' };

function messagesOf({ system, history, instruction, input, response, reasoning }: Exchange): Message[] {
  return [
    ...(system === '' ? [] : [{ role: 'system', content: system } as const]),
    ...history.flatMap(([user, assistant]): Message[] => [
      { role: 'user', content: user },
      { role: 'assistant', content: assistant },
    ]),
    { role: 'user', content: input === '' ? instruction : `${instruction}\n${input}` },
    {
      role: 'assistant',
      content: response,
      ...(reasoning !== undefined && { fields: { reasoning_content: reasoning } }),
    },
  ];
}

/** Null where a tool call has no arguments that are an object. */
function trainingMessage(message: Message, isAnswer: boolean): TrainingMessage | null {
  const { role, fields = {} } = message;
  const named = { name: textOrNull(fields['name']), callId: textOrNull(fields['tool_call_id']) };
  if (role !== 'assistant') return { role, content: message.content, calls: [], learnt: false, ...named };
  const ids = Array.isArray(fields['tool_calls']) ? fields['tool_calls'].map((call: unknown) => idOf(call)) : [];
  const calls = messageParts(message).calls.map(({ name, arguments: given }, at) => ({
    name,
    id: ids[at] ?? null,
    arguments: argumentsOf(given),
  }));
  if (calls.some((call) => call.arguments === null)) return null;
  const { text, reasoning } = answerOf(message);
  return {
    role,
    content: reasoning === null ? text : `<think>\n${reasoning.trim()}\n</think>\n\n${text}`,
    calls: calls.map((call) => ({ ...call, arguments: call.arguments ?? {} })),
    learnt: isAnswer && message.context !== true,
    ...named,
  };
}

function argumentsOf(given: unknown): object | null {
  if (typeof given !== 'string') return isRecord(given) ? given : null;
  try {
    const parsed = parseJson(given);
    return isRecord(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

const idOf = (call: unknown): string | null => (isRecord(call) ? textOrNull(call['id']) : null);

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
