import { askPrompt } from '../../ask/ask-prompt.js';
import { askUntil } from '../../ask/ask-until.js';
import { examination } from '../../ask/examination.js';
import type { CheckFunction } from '../../verify/verifier.js';
import type { examineBackTranslation } from './examine-back-translation.js';
import type { Constraint } from '../constraints/gather-constraints.js';
import type { BackTranslation } from '../lines.js';
import { sharing, writerOf, type Pipeline } from '../pipeline.js';
import { BACK_TRANSLATE } from '../prompts.js';

/**
 * Has some of a constraint's functions put back into words, and judged against the constraint. The most accurate come
 * first.
 *
 * @throws EvosiftError as `Asker.ask`.
 */
export async function backTranslate(
  pipeline: Pipeline,
  constraint: Constraint,
  functions: readonly CheckFunction[],
): Promise<readonly BackTranslation[]> {
  const { backTranslations, contradictions } = pipeline.settings;
  const chosen = [...functions]
    .sort((one, other) => (other.accuracy ?? 0) - (one.accuracy ?? 0))
    .slice(0, backTranslations);
  using asking = sharing(pipeline, 'back-translate', backTranslations);
  using judging = sharing(
    pipeline,
    'contradict',
    contradictions === 'off' ? 0 : backTranslations * pipeline.contradictions.questions,
  );
  return await Promise.all(
    chosen.map(async ({ id, code }): Promise<BackTranslation> => {
      const item = `${constraint.id}.${id}`;
      const { text, reason } = await putIntoWords(asking, item, code);
      if (text === null || contradictions === 'off') return { function: id, text, label: null, reason };
      const statements = { item, premise: constraint.constraint, hypothesis: text };
      return { function: id, text, ...(await pipeline.contradictions.judge(judging.context, statements)) };
    }),
  );
}

async function putIntoWords(
  { context, settings }: Pipeline,
  item: string,
  code: string,
): Promise<Pick<BackTranslation, 'text' | 'reason'>> {
  const answered = await askUntil(
    settings.retries,
    (attempt) =>
      askPrompt(context, {
        plan: writerOf(settings),
        prompt: BACK_TRANSLATE,
        variables: { code },
        key: { stage: 'back-translate', item, operation: 'back-translate', sample: 0, attempt },
        draw: attempt,
        examination: ({ messages }) =>
          examination<typeof examineBackTranslation>('back-translation', {
            code,
            prompt: messages.map(({ content }) => content).join('\n'),
          }),
      }),
    ({ failed }) => failed === null,
  );
  if (!answered.ok) return { text: null, reason: answered.kind };
  const { text, failed } = answered.finding;
  return failed === null ? { text, reason: null } : { text: null, reason: failed };
}
