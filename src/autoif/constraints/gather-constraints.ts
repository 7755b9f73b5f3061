import { askPrompt } from '../../ask/ask-prompt.js';
import { examination } from '../../ask/examination.js';
import { windowOf } from '../../ask/open-fleet.js';
import type { EvosiftError } from '../../base/errors.js';
import { shuffled } from '../../base/shuffled.js';
import type { Answered } from '../../llm/question.js';
import { constraintId } from '../../verify/verifier.js';
import type { ConstraintsFinding, examineConstraints } from './examine-constraints.js';
import type { ConstraintLine } from '../lines.js';
import { workInOrder } from '../../ask/work-in-order.js';
import { sharing, writerOf, type Pipeline } from '../pipeline.js';
import { AUGMENT_CONSTRAINTS } from '../prompts.js';

/** A constraint to find verifiers for. */
export interface Constraint {
  readonly id: string;
  readonly constraint: string;
}

/** Seeds that a request shows: few enough for a small model to go beyond them. */
const SHOWN = 10;

/** Takes constraints as they come, equal ones once. */
class ConstraintList {
  readonly constraints: Constraint[] = [];
  readonly #known = new Set<string>();

  constructor(
    private readonly most: number,
    private readonly write: (line: ConstraintLine) => Promise<void>,
  ) {}

  async add(constraint: string, origin: ConstraintLine['origin'], request: number | null): Promise<void> {
    const id = constraintId(constraint);
    const name = normalised(constraint);
    const reason = this.#known.has(name) ? 'duplicate' : this.constraints.length >= this.most ? 'enough' : null;
    this.#known.add(name);
    if (reason === null) this.constraints.push({ id, constraint });
    await this.drop({ id, constraint, origin, request, reason });
  }

  /** Writes what came, kept where there is no reason against it. */
  async drop(line: Omit<ConstraintLine, 'status' | 'detail'> & { readonly detail?: string }): Promise<void> {
    const { reason, detail = null } = line;
    await this.write({ ...line, status: reason === null ? 'kept' : 'dropped', reason, detail });
  }
}

/** Constraints that differ in nothing but case, spaces and the signs around them are one. */
function normalised(constraint: string): string {
  const words = constraint.toLowerCase().replaceAll(/\s+/g, ' ');
  return words.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '') || words;
}

/**
 * The seeds and, beside them, those that the generator thinks of when it is shown some.
 *
 * @returns The constraints, and what stopped it; null where nothing did.
 * @throws EvosiftError as `Asker.ask`.
 */
export async function gatherConstraints(
  pipeline: Pipeline,
  seeds: readonly string[],
  write: (line: ConstraintLine) => Promise<void>,
): Promise<{ readonly constraints: readonly Constraint[]; readonly stopped: EvosiftError | null }> {
  const { augmentRequests, maxConstraints = Infinity } = pipeline.settings;
  const list = new ConstraintList(maxConstraints, write);
  for (const seed of seeds) await list.add(seed, 'seed', null);
  // Where the seeds are enough, nobody is asked for more.
  const requests = list.constraints.length >= maxConstraints ? 0 : augmentRequests;
  using part = sharing(pipeline, 'augment', augmentRequests);
  const stopped = await workInOrder(
    Array.from({ length: requests }, (_, request) => request),
    windowOf(pipeline.settings),
    async (request) => ({ request, answered: await askForMore(part, seeds, request) }),
    async ({ request, answered }) => {
      const line = { id: null, constraint: null, origin: 'augmented', request } as const;
      if (!answered.ok)
        return await write({ ...line, status: 'failed', reason: answered.kind, detail: answered.detail });
      const { constraints, dropped, failed } = answered.finding;
      if (failed !== null) await list.drop({ ...line, reason: failed });
      for (const { text, reason } of dropped) await list.drop({ ...line, constraint: text, reason });
      for (const constraint of constraints) await list.add(constraint, 'augmented', request);
    },
  );
  return { constraints: list.constraints, stopped };
}

async function askForMore(
  { context, settings }: Pipeline,
  seeds: readonly string[],
  request: number,
): Promise<Answered<ConstraintsFinding>> {
  const { augmentSize, seed = 0 } = settings;
  return await askPrompt(context, {
    plan: writerOf(settings),
    prompt: AUGMENT_CONSTRAINTS,
    variables: { examples: shuffled(seeds, [seed, request], (one) => one).slice(0, SHOWN), count: augmentSize },
    key: { stage: 'augment', item: 'constraints', operation: 'augment', sample: request, attempt: 0 },
    draw: request,
    examination: () => examination<typeof examineConstraints>('constraints', null),
  });
}
