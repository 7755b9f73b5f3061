import { hash } from 'node:crypto';
import type { Example } from './example.js';

/**
 * 32 hex digits of the sha-256 over what a row says: equal for the same content in whatever file, format or columns.
 * A stable value: score lines are found again by it.
 */
export function contentHash(example: Example): string {
  const content =
    example.kind === 'exchange'
      ? ['exchange', example.instruction, example.input, example.response, example.system, example.history]
      : ['conversation', example.messages.map(({ role, content: text }) => [role, text])];
  return hash('sha256', JSON.stringify(content)).slice(0, 32);
}
