import type { Message } from './example.js';
import { parseMessage, roleOf } from './parse-message.js';
import { RowProblem, wrongType } from './row-problem.js';

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

/**
 * Leaves out what follows the last assistant turn that counts: nothing answers it.
 * Throws a `RowProblem` where no assistant turn answers anybody.
 */
export function answeredPart(messages: readonly Message[]): Message[] {
  const last = messages.findLastIndex(({ role, context }) => role === 'assistant' && context !== true);
  if (last < 0 && messages.some(({ role }) => role === 'assistant')) {
    throw new RowProblem('no_assistant_turn', 'every assistant turn has the weight 0, or train: false');
  }
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
