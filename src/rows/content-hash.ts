import { hash } from 'node:crypto';
import { canonicalJson } from '../base/json.js';
import type { Example, Message } from './example.js';
import { messageParts } from './message-parts.js';

/**
 * 32 hex digits of the sha-256 over what a row says: equal for the same content in whatever file, format or columns.
 * A stable value: score lines are found again by it.
 */
export function contentHash(example: Example): string {
  const content =
    example.kind === 'exchange'
      ? ['exchange', example.instruction, example.input, example.response, example.system, example.history]
      : ['conversation', example.messages.map(messageContent)];
  const also = { tools: example.tools, reasoning: example.kind === 'exchange' ? example.reasoning : undefined };
  const whole = Object.values(also).every((value) => value === undefined) ? content : [...content, also];
  return hash('sha256', canonicalJson(whole)).slice(0, 32);
}

function messageContent(message: Message): unknown[] {
  const { role, content, fields = {}, callsInText, context } = message;
  const { field, calls } = messageParts(message);
  const also = {
    reasoning: field?.text,
    calls: calls.length > 0 ? calls : undefined,
    callsInText,
    name: fields['name'] ?? undefined,
    call: fields['tool_call_id'] ?? undefined,
    context,
  };
  return Object.values(also).every((value) => value === undefined) ? [role, content] : [role, content, also];
}
