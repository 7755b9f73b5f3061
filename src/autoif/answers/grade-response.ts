import { askPrompt } from '../../ask/ask-prompt.js';
import { askUntil } from '../../ask/ask-until.js';
import { examination } from '../../ask/examination.js';
import type { FailureKind } from '../../llm/request-error.js';
import type { examineGrade } from './examine-grade.js';
import type { ResponseLine } from '../lines.js';
import type { Pair } from '../pairs/pair-up.js';
import { judgeOf, type Pipeline } from '../pipeline.js';
import { GRADE } from '../prompts.js';

/** A grade from 0 to 10, or why there is none. */
export type Grade =
  | { readonly grade: number; readonly reason: null }
  | { readonly grade: null; readonly reason: 'unparsable_grade' | FailureKind };

/** Has an answer graded. An answer of the judge that holds no grade is asked for again. @throws EvosiftError as `Asker.ask`. */
export async function gradeResponse(
  { context, settings }: Pipeline,
  { line, verifiers }: Pair,
  { response, sample }: ResponseLine,
): Promise<Grade> {
  const about = [line.instruction, response].join('\n');
  const answered = await askUntil(
    settings.retries,
    (attempt) =>
      askPrompt(context, {
        plan: judgeOf(settings),
        prompt: GRADE,
        variables: { query: line.query, constraints: verifiers.map(({ constraint }) => constraint), response },
        key: { stage: 'grade', item: line.id, operation: 'grade', sample, attempt },
        draw: attempt,
        examination: ({ marker }) => examination<typeof examineGrade>('grade', { about, marker }),
      }),
    ({ grade }) => grade !== null,
  );
  if (!answered.ok) return { grade: null, reason: answered.kind };
  const { grade } = answered.finding;
  return grade === null ? { grade, reason: 'unparsable_grade' } : { grade, reason: null };
}
