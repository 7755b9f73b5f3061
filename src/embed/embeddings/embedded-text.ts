import type { Example } from '../../rows/example.js';

/**
 * How a row's instruction is written for its embedding: `published` as the published code does, the instruction, a line
 * end and the input, which is mostly empty; `plain` leaves the line end out where there is no input.
 */
export const TEXT_FORMS = ['plain', 'published'] as const;
export type TextForm = (typeof TEXT_FORMS)[number];

/**
 * What of a row is embedded: its instruction and input; of a conversation the last user message, without an input.
 * Null where the row has no instruction.
 */
export function embeddedText(example: Example, form: TextForm): string | null {
  const { instruction, input } = instructionOf(example);
  if (instruction.trim() === '') return null;
  return input === '' && form === 'plain' ? instruction : `${instruction}\n${input}`;
}

function instructionOf(example: Example): { readonly instruction: string; readonly input: string } {
  if (example.kind === 'exchange') return example;
  const asked = example.messages.findLast(({ role }) => role === 'user');
  return { instruction: asked?.content ?? '', input: '' };
}
