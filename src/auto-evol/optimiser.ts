import { parseAnswer } from '../ask/answers/parse-answer.js';
import { askPrompt } from '../ask/ask-prompt.js';
import { examination } from '../ask/examination.js';
import type { Prompt } from '../ask/prompts/prompt.js';
import { generatorSampling, promptSampling } from '../ask/sampling.js';
import { EvosiftError } from '../base/errors.js';
import type { Completion, FinishReason, Sampling } from '../llm/chat.js';
import type { Answered } from '../llm/question.js';
import type { Trajectory } from './evolve-batch.js';
import { PUBLISHED_SAMPLING } from './method.js';
import type { Optimisation } from './optimisation.js';
import { shorten } from './shorten.js';

/**
 * Has it said what is wrong with the way that a method evolves. `trajectories`: rows evolved for several rounds, each an
 * object with `instruction` and `input` of the row and `stages`: a list of objects with `instruction` (none where the
 * round made nothing) and `problem` (why; else none).
 */
export const ANALYSE: Prompt = {
  name: 'analyse',
  variables: ['method', 'trajectories'],
  published: PUBLISHED_SAMPLING,
};

/** Has a method rewritten. `feedback`: what the analysis said. */
export const REWRITE_METHOD: Prompt = {
  name: 'rewrite-method',
  variables: ['method', 'feedback'],
  published: PUBLISHED_SAMPLING,
};

type OptimiserOperation = 'analyse' | 'rewrite';

/** What the optimiser's answer says. */
export interface OptimiserFinding {
  /** What stands behind the prompt's marker; null where there is nothing. */
  readonly text: string | null;
  readonly finishReason: FinishReason;
}

/** Examines an analysis or a rewritten method. */
export function examineOptimiser(
  { marker, prompt }: { readonly marker: string | null; readonly prompt: string },
  { text: answer, finishReason }: Completion,
): OptimiserFinding {
  const asked = { parent: { instruction: '', input: '' }, marker, prompt };
  const { instruction: text, markerFound } = parseAnswer(answer, asked);
  return { text: markerFound && text !== '' ? text : null, finishReason };
}

/** What the optimiser found wrong with the way that a method evolves. */
export type Analysis =
  { readonly ok: true; readonly feedback: string } | { readonly ok: false; readonly detail: string };

/** Characters of trajectories in a prompt: about 6,000 tokens of English. */
const MOST_CHARACTERS = 24_000;

/** Times that the trajectories are shortened for an optimiser with a small context, by half each time. */
const SHORTENINGS = 4;

/**
 * Has a step's trajectories analysed.
 *
 * @param step From 1.
 * @throws EvosiftError as `Asker.ask`.
 */
export async function analyse(
  optimisation: Optimisation,
  method: string,
  trajectories: readonly Trajectory[],
  step: number,
): Promise<Analysis> {
  for (let attempt = 0; ; attempt++) {
    const shown = shorten(trajectories, MOST_CHARACTERS / 2 ** attempt);
    const variables = { method, trajectories: shown };
    const answer = await askOptimiser(optimisation, 'analyse', ANALYSE, variables, { step, sample: 0, attempt });
    if (answer.ok) {
      const { text } = answer.finding;
      return text === null ? { ok: false, detail: 'there is nothing in the answer' } : { ok: true, feedback: text };
    }
    if (answer.kind !== 'context_overflow' || attempt >= SHORTENINGS) {
      return { ok: false, detail: `${answer.kind}: ${answer.detail}` };
    }
  }
}

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
  optimisation: Optimisation,
  method: string,
  feedback: string,
  step: number,
  candidate: number,
): Promise<Rewriting> {
  const place = { step, sample: candidate - 1, attempt: 0 };
  const answer = await askOptimiser(optimisation, 'rewrite', REWRITE_METHOD, { method, feedback }, place);
  if (!answer.ok) return { status: 'request_failed', detail: `${answer.kind}: ${answer.detail}` };
  const { text, finishReason } = answer.finding;
  // A method without its end is another method.
  if (finishReason === 'length') return { status: 'no_method', detail: 'the answer is cut off by max tokens' };
  if (text === null) return { status: 'no_method', detail: 'the answer holds no method behind its marker' };
  return { status: 'rewritten', text };
}

interface OptimiserPlace {
  readonly step: number;
  /** From 0; questions that differ in it alone are drawn apart. */
  readonly sample: number;
  readonly attempt: number;
}

function askOptimiser(
  { context, optimiser, generator }: Optimisation,
  operation: OptimiserOperation,
  prompt: Prompt,
  variables: Readonly<Record<string, unknown>>,
  { step, sample, attempt }: OptimiserPlace,
): Promise<Answered<OptimiserFinding>> {
  return askPrompt(context, {
    plan: optimiser,
    prompt,
    variables,
    key: { stage: 'optimise', item: `step-${step}.${generator}`, operation, sample, attempt },
    sampling: optimiserSampling({ context, optimiser }, operation),
    draw: sample,
    examination: ({ messages, marker }) =>
      examination<typeof examineOptimiser>('optimiser', {
        marker,
        prompt: messages.map(({ content }) => content).join('\n'),
      }),
  });
}

/**
 * How the optimiser's answers are drawn: by chance where nothing else is said, so that candidates differ.
 *
 * @throws EvosiftError `bad_argument` where rewriting would give the same method each time.
 */
export function optimiserSampling(
  { context, optimiser }: Pick<Optimisation, 'context' | 'optimiser'>,
  operation: OptimiserOperation,
): Sampling {
  const own = generatorSampling(optimiser, operation, promptSampling(REWRITE_METHOD, context.sampling));
  const drawn =
    own.temperature === undefined ? { ...own, ...PUBLISHED_SAMPLING, topP: own.topP ?? PUBLISHED_SAMPLING.topP } : own;
  if (operation === 'rewrite' && drawn.temperature === 0) {
    throw new EvosiftError(
      'bad_argument',
      `Rewriting a method with temperature 0 gives the same candidate each time: give ${optimiser.name} a temperature ` +
        'above 0 (`temperature`, or sampling.rewrite in `configFile`)',
      { option: 'temperature' },
    );
  }
  return drawn;
}
