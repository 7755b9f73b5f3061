import { isRecord } from '../base/json.js';
import type { Message, Role } from './example.js';
import { RowProblem, wrongType } from './row-problem.js';

const ROLES: Readonly<Record<string, Role>> = {
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  assistant: 'assistant',
  model: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
  system: 'system',
  tool: 'tool',
  function: 'tool',
  observation: 'tool',
};

/**
 * The messages of a ShareGPT list (from, value) or an OpenAI one (role, content); either may come as JSON text, as CSV
 * has it. Throws a `RowProblem`.
 */
export function parseMessages(value: unknown, field: string): Message[] {
  const list = listOf(value, field);
  return list.map((turn, position) => parseMessage(turn, `${field}[${position}]`));
}

/**
 * Leaves out what follows the last assistant turn: nothing answers it.
 * Throws a `RowProblem` where no assistant turn answers anybody.
 */
export function answeredPart(messages: readonly Message[]): Message[] {
  const last = messages.findLastIndex((message) => message.role === 'assistant');
  const asked = messages.findIndex((message) => message.role === 'user' || message.role === 'tool');
  if (asked < 0 || last < asked) throw new RowProblem('no_assistant_turn', 'no assistant turn answers a user turn');
  return messages.slice(0, last + 1);
}

/** A list as such or as JSON text. Throws a `RowProblem`. */
export function listOf(value: unknown, field: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string' && value.trimStart().startsWith('[')) {
    try {
      const parsed: unknown = JSON.parse(value);
      if (Array.isArray(parsed)) return parsed;
    } catch {
      throw new RowProblem('malformed_row', `field '${field}' is text that is no valid JSON list`);
    }
  }
  throw wrongType(field, value, 'a list');
}

function parseMessage(turn: unknown, field: string): Message {
  if (!isRecord(turn)) throw wrongType(field, turn, 'an object');
  const keys = 'from' in turn ? { role: 'from', text: 'value' } : { role: 'role', text: 'content' };
  const name = turn[keys.role];
  if (typeof name !== 'string') throw wrongType(`${field}.${keys.role}`, name, 'a string');
  const role = ROLES[name.trim().toLowerCase()];
  if (role === undefined) throw new RowProblem('unknown_role', `field '${field}.${keys.role}': unknown role '${name}'`);
  const content = turn[keys.text];
  if (content === null && Array.isArray(turn['tool_calls'])) {
    throw new RowProblem('non_text_content', `field '${field}' is a tool call without text`);
  }
  return { role, content: textOf(content, `${field}.${keys.text}`) };
}

/** A string, or text parts joined as chat templates join them: end to end. */
function textOf(content: unknown, field: string): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw wrongType(field, content, 'text');
  return content
    .map((part: unknown, position) => {
      if (typeof part === 'string') return part;
      if (!isRecord(part)) throw wrongType(`${field}[${position}]`, part, 'a text part');
      if (typeof part['text'] === 'string' && (part['type'] ?? 'text') === 'text') return part['text'];
      const kind = typeof part['type'] === 'string' ? `of type '${part['type']}'` : 'without text';
      throw new RowProblem('non_text_content', `field '${field}[${position}]' is a part ${kind}`);
    })
    .join('');
}
