import type { Example, ParsedRow } from '../data/example.js';

/** A row that was read, with its position in the input. */
export interface IndexedRow {
  readonly index: number;
  readonly row: ParsedRow;
}

/** UTF-16 units of the texts that a row's tokens come from; a row that could not be read counts as one. */
export function textLength({ row }: IndexedRow): number {
  return row.ok ? 1 + exampleLength(row.example) : 1;
}

function exampleLength(example: Example): number {
  if (example.kind === 'conversation') {
    return example.messages.reduce((sum, { content }) => sum + content.length, 0);
  }
  const { instruction, input, response, system, history } = example;
  const earlier = history.reduce((sum, [user, assistant]) => sum + user.length + assistant.length, 0);
  return instruction.length + input.length + response.length + system.length + earlier;
}
