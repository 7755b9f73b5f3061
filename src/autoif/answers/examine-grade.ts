import { afterMarker } from '../../ask/answers/marker.js';
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
  const grade = isCut ? null : marked === null ? onlyGrade(text) : gradeIn(marked.split('\n', 1)[0] ?? '');
  return grade === null
    ? { grade, failed: 'unparsable_grade', detail: shown(marked ?? text) }
    : { grade, failed: null };
}

const NUMBER = String.raw`\d+(?:\.\d+)?`;
const OUT_OF = String.raw`[ \t]*(?:/|out of)[ \t]*(?:\*\*|__)?(${NUMBER})`;

/** At the line's beginning, "8", "8.5/10", "**9** out of 10"; no other number may follow: "7-8", "6 or 7", "4/5". */
function gradeIn(line: string): number | null {
  const pattern = new RegExp(
    String.raw`^[^\p{L}\d+\-−.]{0,4}(${NUMBER})(?:\*\*|__|[\])}"'])*(?:${OUT_OF})?(?!\.?\d)(.*)$`,
    'iu',
  );
  const [, digits, outOf = String(BEST), rest = ''] = pattern.exec(line) ?? [];
  if (digits === undefined || Number(outOf) !== BEST || /^[ \t]*%/.test(rest)) return null;
  const grade = Number(digits);
  const others = rest.match(new RegExp(NUMBER, 'g')) ?? [];
  return grade <= BEST && others.every((other) => Number(other) === grade) ? grade : null;
}

/** Of an answer that is nothing but a grade. */
const onlyGrade = (text: string): number | null =>
  new RegExp(String.raw`^[*_\s]*${NUMBER}(?:${OUT_OF})?[*_.\s]*$`, 'i').test(text) ? gradeIn(text.trim()) : null;
