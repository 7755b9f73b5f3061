import type { Message } from '../../rows/example.js';
import { messageParts, splitThought } from '../../rows/message-parts.js';
import type { ScoreSettings } from '../score-options.js';

/** An answer as one text, which is how it is published. */
export interface AnswerText {
  readonly text: string;
  /** How much of the text (UTF-16 units) is reasoning, with the words around it; 0 where there is none. */
  readonly thought: number;
  /** The message has reasoning, whether or not it is in the text. */
  readonly reasons: boolean;
}

/**
 * An answer with a thought that is written into it as it stands; one with a field of its own stands before the text as
 * `<think>\n…\n</think>\n\n`. Or the text without it, or the thought alone.
 */
export function answerText(answer: Message, reasoning: ScoreSettings['reasoning']): AnswerText {
  const { content } = answer;
  const { field, thought } = messageParts(answer);
  const { behind } = field === null ? splitThought(content) : { behind: 0 };
  const reasons = field !== null || thought !== null;
  if (reasoning === 'exclude') return { text: content.slice(behind), thought: 0, reasons };
  if (reasoning === 'only') {
    const text = field?.text ?? (thought === null ? '' : content.slice(...thought));
    return { text, thought: text.length, reasons };
  }
  if (field === null) return { text: content, thought: thought === null ? 0 : behind, reasons };
  const before = `<think>\n${field.text}\n</think>\n\n`;
  return { text: before + content, thought: before.length, reasons };
}

/** Why an answer has nothing to score. */
export function emptyAnswer(reasoning: ScoreSettings['reasoning'], reasons: boolean): string {
  if (reasoning === 'only') return 'the response has no reasoning, which alone is asked for';
  if (reasoning === 'exclude' && reasons) return 'the response has nothing but reasoning, which is left out';
  return 'the response is empty';
}
