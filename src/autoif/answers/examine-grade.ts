import { afterMarker } from '../../ask/answers/marker.js';
import { numberIn, onlyNumber } from '../../ask/answers/number-on-scale.js';
import { splitThinking } from '../../ask/answers/thinking.js';
import { shown } from '../../ask/answers/words.js';
import type { Completion } from '../../llm/chat.js';

/** What a grader says; an answer that does not say one number is none. */
export type GradeFinding =
  | { readonly grade: number; readonly failed: null }
  | { readonly grade: null; readonly failed: 'unparsable_grade'; readonly detail: string };

/** What an answer to `grade` is held to. */
export interface GradeAsked {
  /** What it may quote: query, constraints and response. */
  readonly about: string;
  /** The prompt's; null where it has none. */
  readonly marker: string | null;
}

const BEST = 10;

/** Examines an answer to `grade`: a number from 0 to 10 behind the marker, or alone. */
export function examineGrade({ about, marker }: GradeAsked, { text: answer, finishReason }: Completion): GradeFinding {
  const { text } = splitThinking(answer, about);
  const marked = marker === null ? null : afterMarker(text, marker, about);
  // Of "Score: 1" that was cut off nobody knows whether it was to be a 10.
  const isCut = finishReason === 'length' && !marked?.includes('\n');
  const grade = isCut
    ? null
    : marked === null
      ? onlyNumber(text, BEST)
      : numberIn(marked.split('\n', 1)[0] ?? '', BEST);
  return grade === null
    ? { grade, failed: 'unparsable_grade', detail: shown(marked ?? text) }
    : { grade, failed: null };
}
