import { isRefusal } from '../../ask/answers/refusal.js';
import { splitThinking } from '../../ask/answers/thinking.js';
import { unwrap } from '../../ask/answers/unwrap.js';
import type { Completion } from '../../llm/chat.js';

/** The constraint that a function checks, in words. */
export interface BackTranslationFinding {
  /** Empty where there is none. */
  readonly text: string;
  readonly failed: 'cut_off' | 'refusal' | 'empty' | 'thinking_tags' | null;
}

/** What an answer to `back-translate` is held to. */
export interface BackTranslationAsked {
  readonly code: string;
  /** As it was rendered: the label that it ends with may be written once more. */
  readonly prompt: string;
}

/** "**Constraint:**", "The constraint is:". */
const LABEL = /^(?:\*\*|__)?(?:the[ \t]+)?(?:constraint|instruction|sentence)\b[^:\n]{0,20}:(?:\*\*|__)?\s*/i;

/** Examines an answer to `back-translate`: its first paragraph that says something. */
export function examineBackTranslation(
  { code, prompt }: BackTranslationAsked,
  { text: answer, finishReason }: Completion,
): BackTranslationFinding {
  const { text, thinking } = splitThinking(answer, code);
  if (text === '') return { text, failed: thinking === '' ? 'empty' : 'thinking_tags' };
  if (isRefusal(text, code)) return { text: '', failed: 'refusal' };
  const paragraphs = unwrap(text, prompt, '')
    .split(/\n\s*\n/)
    .map((paragraph) => unwrap(paragraph.trim().replace(LABEL, ''), prompt, '').replace(/\s+/g, ' '));
  const place = paragraphs.findIndex((paragraph) => paragraph !== '' && !/^(?:```|#)|[:：]$/.test(paragraph));
  const isLast = place === paragraphs.length - 1;
  if (finishReason === 'length' && (place < 0 || isLast)) return { text: '', failed: 'cut_off' };
  return place < 0 ? { text: '', failed: 'empty' } : { text: paragraphs[place] ?? '', failed: null };
}
