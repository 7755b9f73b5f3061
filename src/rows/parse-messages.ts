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
  developer: 'system',
  tool: 'tool',
  function: 'tool',
  observation: 'tool',
  ipython: 'tool',
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
 * The messages of a column of turns: as `parseMessages`, or `[role, text]` pairs, or `[question, answer]` pairs, or texts
 * of user and assistant in turn. Throws a `RowProblem`.
 */
export function parseTurns(value: unknown, field: string): Message[] {
  return listOf(value, field).flatMap((turn, position) => {
    const place = `${field}[${position}]`;
    if (typeof turn === 'string') return [{ role: position % 2 === 0 ? 'user' : 'assistant', content: turn } as const];
    if (!Array.isArray(turn)) return [parseMessage(turn, place)];
    const [first, second, ...others] = turn as readonly unknown[];
    if (typeof first !== 'string' || typeof second !== 'string' || others.length > 0) {
      throw wrongType(place, turn, 'an object or a pair of texts');
    }
    const role = roleOf(first);
    if (role !== undefined) return [{ role, content: second }];
    return [{ role: 'user', content: first } as const, { role: 'assistant', content: second } as const];
  });
}

/** Whether a value is a list that `parseTurns` reads and `parseMessages` does not. */
export const isListOfTurns = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  (value.every((turn) => typeof turn === 'string') ||
    value.every((turn) => Array.isArray(turn) && turn.length === 2 && turn.every((text) => typeof text === 'string')));

const roleOf = (name: string): Role | undefined => {
  const key = name.trim().toLowerCase();
  return Object.hasOwn(ROLES, key) ? ROLES[key] : undefined;
};

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
  const role = roleOf(name);
  if (role === undefined) throw new RowProblem('unknown_role', `field '${field}.${keys.role}': unknown role '${name}'`);
  const content = turn[keys.text];
  if (content === null && Array.isArray(turn['tool_calls'])) {
    throw new RowProblem('non_text_content', `field '${field}' is a tool call without text`);
  }
  return { role, content: textOf(content, `${field}.${keys.text}`) };
}

/** A string as it is, a number or a truth value as JSON writes it; null of anything else. */
export function scalarText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  const isScalar = typeof value === 'boolean' || typeof value === 'bigint' || Number.isFinite(value);
  return isScalar ? String(value) : null;
}

/** A text, or text parts joined as chat templates join them: end to end. */
function textOf(content: unknown, field: string): string {
  const whole = scalarText(content);
  if (whole !== null) return whole;
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
