import type { Example } from '../../rows/example.js';
import { wordsOf } from '../../ask/answers/words.js';

/** What a row asks and what it answers. */
export interface RowTexts {
  readonly instruction: string;
  readonly response: string;
}

/**
 * A row's texts: an instruction with its input below it, and the response; of a conversation all that the user says, and all
 * that the assistant does, a line break between messages.
 */
export function rowTexts(example: Example): RowTexts {
  if (example.kind === 'exchange') {
    const { instruction, input, response } = example;
    return { instruction: input === '' ? instruction : `${instruction}\n${input}`, response };
  }
  const said = (by: string): string =>
    example.messages
      .filter(({ role }) => role === by)
      .map(({ content }) => content)
      .join('\n');
  return { instruction: said('user'), response: said('assistant') };
}

/** A text's length in code points, and its words. */
export interface MeasuredText {
  readonly characters: number;
  readonly words: readonly string[];
}

export function measureText(text: string): MeasuredText {
  let characters = 0;
  for (const _ of text) characters++;
  return { characters, words: wordsOf(text) };
}
