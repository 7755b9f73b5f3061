import type { MethodParts } from './method-parts.js';
import { askOptimiser } from './optimiser-question.js';

/** What came of asking for a better method. */
export type Rewriting =
  | { readonly status: 'rewritten'; readonly text: string }
  /** An answer in which there is no method. */
  | { readonly status: 'no_method'; readonly detail: string }
  | { readonly status: 'request_failed'; readonly detail: string };

/**
 * Has a method rewritten by what its analysis said.
 *
 * @param step From 1.
 * @param candidate From 1; each is a request of its own.
 * @throws EvosiftError as `Asker.ask`.
 */
export async function rewrite(
  parts: MethodParts,
  method: string,
  feedback: string,
  step: number,
  candidate: number,
): Promise<Rewriting> {
  const answer = await askOptimiser(parts, {
    operation: 'rewrite',
    prompt: 'rewrite-method',
    variables: { method, feedback },
    item: `step-${step}.${parts.generator}`,
    sample: candidate - 1,
    attempt: 0,
  });
  if (!answer.ok) return { status: 'request_failed', detail: `${answer.kind}: ${answer.detail}` };
  // A method without its end is another method.
  if (answer.finishReason === 'length') return { status: 'no_method', detail: 'the answer is cut off by max tokens' };
  if (answer.text === null) return { status: 'no_method', detail: 'the answer holds no method behind its marker' };
  return { status: 'rewritten', text: answer.text };
}
