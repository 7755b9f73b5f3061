import { EvosiftError } from '../base/errors.js';
import type { ChatMessage, FinishReason, Sampling } from '../llm/chat.js';
import type { FailureKind } from '../llm/request-error.js';
import { parseAnswer } from '../ask/answers/parse-answer.js';
import { generatorSampling, redrawn } from '../ask/sampling.js';
import type { Examination, Finding } from '../evolve/variant.js';
import type { MethodParts } from './method-parts.js';

/** What is asked of the optimiser: a prompt of the pack and its journal key. */
export interface OptimiserQuestion {
  readonly operation: 'analyse' | 'rewrite';
  readonly prompt: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly item: string;
  /** From 0; questions that differ in it alone are drawn apart. */
  readonly sample: number;
  readonly attempt: number;
}

/** What the optimiser said. */
export type OptimiserAnswer =
  /** `text` is what stands behind the prompt's marker; null where there is nothing. */
  | { readonly ok: true; readonly text: string | null; readonly finishReason: FinishReason }
  | { readonly ok: false; readonly kind: FailureKind; readonly detail: string };

/** @throws EvosiftError as `Asker.ask`. */
export async function askOptimiser(
  { asker, prompts, optimiser, sampling, signal }: MethodParts,
  { operation, prompt, variables, item, sample, attempt }: OptimiserQuestion,
): Promise<OptimiserAnswer> {
  const { messages, marker } = prompts.render(prompt, variables);
  const examination: Examination = { kind: 'text' };
  const own = optimiserSampling({ optimiser, sampling }, operation);
  const key = { stage: 'optimise', item, operation, sample, attempt } as const;
  const question = { key, plan: optimiser, messages, sampling: redrawn(own, sample), examination };
  const answered = await asker.ask<Finding>(question, signal);
  if (!answered.ok) return { ok: false, kind: answered.kind, detail: answered.detail };
  const asked = { parent: { instruction: '', input: '' }, marker, prompt: textOf(messages) };
  const { instruction: text, markerFound } = parseAnswer(answered.completion.text, asked);
  const { finishReason } = answered.completion;
  return { ok: true, text: markerFound && text !== '' ? text : null, finishReason };
}

/** What rewriting draws with where nothing else is said: the published code's settings. */
const CHANCE = { temperature: 0.7, topP: 0.95 } as const;

/**
 * How the optimiser's answers are drawn.
 *
 * @throws EvosiftError `bad_argument` where rewriting would give the same method each time.
 */
export function optimiserSampling(
  { optimiser, sampling }: Pick<MethodParts, 'optimiser' | 'sampling'>,
  operation: OptimiserQuestion['operation'],
): Sampling {
  const own = generatorSampling(optimiser, operation, sampling.optimise);
  const drawn = own.temperature === undefined ? { ...own, ...CHANCE, topP: own.topP ?? CHANCE.topP } : own;
  if (operation === 'rewrite' && drawn.temperature === 0) {
    throw new EvosiftError(
      'bad_argument',
      `Rewriting a method with temperature 0 gives the same candidate each time: give ${optimiser.name} a temperature ` +
        'above 0 (--temperature, or sampling.rewrite in --llm-config)',
    );
  }
  return drawn;
}

const textOf = (messages: readonly ChatMessage[]): string => messages.map(({ content }) => content).join('\n');
