import { askPrompt } from '../../ask/ask-prompt.js';
import { askUntil } from '../../ask/ask-until.js';
import { examination } from '../../ask/examination.js';
import type { examineResponse } from '../../ask/examine-response.js';
import { checkResponses } from '../../verify/check-responses.js';
import { gradeResponse } from './grade-response.js';
import type { ResponseLine } from '../lines.js';
import type { Pair } from '../pairs/pair-up.js';
import { responderOf, sharing, type Pipeline } from '../pipeline.js';
import { respondConstrained } from '../prompts.js';
import type { RecordedResponses } from './recorded-responses.js';

/** Part of a run's questions: what is asked for each pair. */
export const ANSWERS = 'respond';

/** An answer before it is looked at. */
type Draft = Pick<ResponseLine, 'sample' | 'response' | 'status' | 'reason' | 'detail'> & {
  readonly reasoning: string | null;
};

/**
 * Has a query answered under its constraints, runs the constraints' functions on each answer, and has those graded that
 * satisfy them.
 *
 * @param recorded Answers that are there; null: they are asked for.
 * @throws EvosiftError as `Asker.ask` and `Sandbox.run`.
 */
export async function answerPair(
  pipeline: Pipeline,
  pair: Pair,
  recorded: RecordedResponses | null,
): Promise<readonly ResponseLine[]> {
  const drafts = recorded === null ? await askForResponses(pipeline, pair) : draftsOf(recorded.of(pair.line.id));
  const { responseAccuracy, quality } = pipeline.settings;
  const texts = drafts.flatMap(({ status, response }) => (status === 'kept' && response !== null ? [response] : []));
  const checked = await checkResponses(pipeline.sandbox, pair.verifiers, texts);
  let next = 0;
  const verified = drafts.map(({ reasoning, ...draft }): ResponseLine => {
    const line = {
      pair: pair.line.id,
      ...draft,
      ...(reasoning !== null && { reasoning_content: reasoning }),
      functions: {},
      accuracy: null,
      grade: null,
    };
    const check = draft.status === 'kept' ? checked[next++] : undefined;
    if (check === undefined) return line;
    const { functions, errors, accuracy } = check;
    const found = { ...line, functions, ...(Object.keys(errors).length > 0 && { errors }), accuracy };
    return responseAccuracy.accepts(accuracy) ? found : { ...found, status: 'dropped', reason: 'unverified' };
  });
  if (quality.text === 'off') return verified;
  using part = sharing(pipeline, 'grade', drafts.length);
  return await Promise.all(
    verified.map(async (line) => (line.status === 'kept' ? await graded(part, pair, line) : line)),
  );
}

async function askForResponses(pipeline: Pipeline, pair: Pair): Promise<readonly Draft[]> {
  const { responses } = pipeline.settings;
  using part = sharing(pipeline, ANSWERS, responses);
  const asked = Array.from({ length: responses }, (_, sample) => askForResponse(part, pair, sample));
  return onlyOnce(await Promise.all(asked));
}

async function askForResponse(
  { context, settings }: Pipeline,
  { line, verifiers }: Pair,
  sample: number,
): Promise<Draft> {
  const { responses, retries } = settings;
  const answered = await askUntil(
    retries,
    (attempt) =>
      askPrompt(context, {
        plan: responderOf(settings),
        prompt: respondConstrained(responses),
        variables: { query: line.query, constraints: verifiers.map(({ constraint }) => constraint) },
        key: { stage: 'respond', item: line.id, operation: 'respond', sample, attempt },
        // Of several answers each must be able to differ, and of each the second try.
        draw: sample + attempt * responses,
        examination: () => examination<typeof examineResponse>('response', { instruction: line.instruction }),
      }),
    ({ failed }) => failed === null,
  );
  if (!answered.ok) {
    const { kind, detail } = answered;
    return { sample, response: null, reasoning: null, status: 'failed', reason: kind, detail };
  }
  const { text, reasoning, failed } = answered.finding;
  const draft = { sample, response: text || null, reasoning, detail: null };
  return failed === null ? { ...draft, status: 'kept', reason: null } : { ...draft, status: 'dropped', reason: failed };
}

function draftsOf(responses: readonly string[]): readonly Draft[] {
  const none = { sample: 0, response: null, reasoning: null, detail: null } as const;
  if (responses.length === 0) return [{ ...none, status: 'dropped', reason: 'no_response' }];
  return onlyOnce(
    responses.map((response, sample) =>
      response.trim() === ''
        ? { ...none, sample, status: 'dropped', reason: 'empty' }
        : { ...none, sample, response, status: 'kept', reason: null },
    ),
  );
}

/** Of equal answers the first counts. */
function onlyOnce(drafts: readonly Draft[]): readonly Draft[] {
  const seen = new Set<string>();
  return drafts.map((draft) => {
    if (draft.status !== 'kept' || draft.response === null) return draft;
    if (seen.has(draft.response)) return { ...draft, status: 'dropped', reason: 'duplicate' };
    seen.add(draft.response);
    return draft;
  });
}

async function graded(pipeline: Pipeline, pair: Pair, line: ResponseLine): Promise<ResponseLine> {
  const { grade, reason } = await gradeResponse(pipeline, pair, line);
  if (grade === null) return { ...line, status: 'dropped', reason };
  if (pipeline.settings.quality.accepts(grade)) return { ...line, grade };
  return { ...line, grade, status: 'dropped', reason: 'low_grade' };
}
