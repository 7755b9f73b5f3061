import type { Asker } from '../llm/question.js';
import type { Sampling } from '../llm/chat.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { FailureKind } from '../llm/request-error.js';
import type { PromptPack } from './prompts/prompt-pack.js';
import { generatorSampling, redrawn } from './sampling.js';
import type { Examination, Finding, ResponseFailure } from '../evolve/variant.js';

/** What answers instructions. */
export interface Responder {
  readonly asker: Asker;
  readonly prompts: PromptPack;
  readonly plan: GeneratorPlan;
  /** Before the generator's own settings. */
  readonly sampling: Sampling;
  /** Tries after an answer that is none. */
  readonly retries: number;
  readonly signal: AbortSignal | undefined;
}

/** An instruction's answer, or why it has none. */
export type Response =
  | { readonly response: string; readonly reason: null }
  | { readonly response: null; readonly reason: ResponseFailure | FailureKind };

/** An instruction that is to be answered; `id` is the journal's name of it. */
export interface Unanswered {
  readonly id: string;
  readonly instruction: string;
  readonly input: string;
}

const OPERATION = 'respond';

/**
 * Has an instruction answered. An answer that is none (empty, a refusal, cut off) is asked for again with something
 * changed; a request that was given up on is not.
 *
 * @throws EvosiftError as `Asker.ask`.
 */
export async function respondTo(responder: Responder, { id, instruction, input }: Unanswered): Promise<Response> {
  const { asker, prompts, plan, retries, signal } = responder;
  const { messages } = prompts.render(OPERATION, { instruction, input });
  const sampling = generatorSampling(plan, OPERATION, responder.sampling);
  const examination: Examination = { kind: 'response', instruction };
  for (let attempt = 0; ; attempt++) {
    const key = { stage: 'respond', item: id, operation: OPERATION, sample: 0, attempt } as const;
    const question = { key, plan, messages, sampling: redrawn(sampling, attempt), examination };
    const answered = await asker.ask<Finding>(question, signal);
    if (!answered.ok) return { response: null, reason: answered.kind };
    const { finding } = answered;
    if (finding.kind !== 'response') throw new TypeError(`a response was examined as ${finding.kind}`);
    if (finding.failed === null) return { response: finding.response, reason: null };
    if (attempt >= retries) return { response: null, reason: finding.failed };
  }
}
