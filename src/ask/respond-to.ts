import type { GeneratorPlan } from '../llm/generator.js';
import type { Answered } from '../llm/question.js';
import type { FailureKind } from '../llm/request-error.js';
import { askPrompt, type AskContext } from './ask-prompt.js';
import { askUntil } from './ask-until.js';
import { examination } from './examination.js';
import type { examineResponse, ResponseFailure, ResponseFinding } from './examine-response.js';
import type { Prompt } from './prompts/prompt.js';

/** Has an instruction answered; `input` is empty where it has none. */
export const RESPOND: Prompt = { name: 'respond', variables: ['instruction', 'input'], published: { temperature: 0 } };

/** Who answers instructions. */
export interface Responder {
  readonly plan: GeneratorPlan;
  /** Tries after an answer that is none. */
  readonly retries: number;
}

/** An instruction's answer, or why it has none. */
export type Response =
  | { readonly response: string; readonly reasoning: string | null; readonly reason: null }
  | { readonly response: null; readonly reasoning: null; readonly reason: ResponseFailure | FailureKind };

/** An instruction that is to be answered; `id` is the journal's name of it. */
export interface Unanswered {
  readonly id: string;
  readonly instruction: string;
  readonly input: string;
}

/**
 * Has an instruction answered. An answer that is none (empty, a refusal, cut off) is asked for again with something
 * changed; a request that was given up on is not.
 *
 * @throws EvosiftError as `Asker.ask`.
 */
export async function respondTo(context: AskContext, responder: Responder, unanswered: Unanswered): Promise<Response> {
  const { plan, retries } = responder;
  const answered = await askUntil(
    retries,
    (attempt) => askForResponse(context, plan, unanswered, { stage: 'respond', attempt }),
    ({ failed }) => failed === null,
  );
  if (!answered.ok) return { response: null, reasoning: null, reason: answered.kind };
  const { text, reasoning, failed } = answered.finding;
  if (failed === null) return { response: text, reasoning, reason: null };
  return { response: null, reasoning: null, reason: failed };
}

/**
 * Asks for an answer once.
 *
 * @param attempt From 0.
 * @throws EvosiftError as `Asker.ask`.
 */
export const askForResponse = (
  context: AskContext,
  plan: GeneratorPlan,
  { id, instruction, input }: Unanswered,
  { stage, attempt }: { readonly stage: string; readonly attempt: number },
): Promise<Answered<ResponseFinding>> =>
  askPrompt(context, {
    plan,
    prompt: RESPOND,
    variables: { instruction, input },
    key: { stage, item: id, operation: 'respond', sample: 0, attempt },
    draw: attempt,
    examination: () => examination<typeof examineResponse>('response', { instruction }),
  });
