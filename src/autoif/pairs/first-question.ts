import type { Example } from '../../rows/example.js';

/** What a row's first user message asks; empty where it has none. */
export function firstQuestion(example: Example): string {
  if (example.kind === 'conversation') return example.messages.find(({ role }) => role === 'user')?.content ?? '';
  const [first] = example.history;
  if (first !== undefined) return first[0];
  const { instruction, input } = example;
  return input === '' ? instruction : `${instruction}\n${input}`;
}
