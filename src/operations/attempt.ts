import { askPrompt, type AskContext } from '../ask/ask-prompt.js';
import { examination } from '../ask/examination.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { FailureKind } from '../llm/request-error.js';
import type { Elimination, EliminatorPreset, Parent } from './eliminators/eliminator.js';
import type { examineEvolved } from './examine-evolved.js';
import type { Operation } from './operations.js';

/** Who evolves instructions, and what is thrown away of it. */
export interface Evolver {
  readonly plan: GeneratorPlan;
  readonly eliminate: EliminatorPreset;
  /** See `EvolvedAsked`. */
  readonly maxCharacters: number | null;
}

/** One try at making something of an instruction. */
export type Attempt = { readonly number: number; readonly operation: Operation } & (
  | { readonly status: 'survived'; readonly instruction: string }
  | {
      readonly status: 'eliminated';
      readonly reason: Elimination;
      readonly detail: string;
      readonly instruction: string | null;
    }
  | { readonly status: 'failed'; readonly reason: FailureKind; readonly detail: string }
);

export interface AttemptRequest {
  /** What it is made for. */
  readonly stage: string;
  /** The journal's name of what is made. */
  readonly item: string;
  readonly parent: Parent;
  readonly operation: Operation;
  readonly sample: number;
  /** From 0. */
  readonly number: number;
  /** How often this prompt was asked before for the same parent in the same round: its answer must differ. */
  readonly draw: number;
  /** Other instructions made of the same parent. */
  readonly siblings: readonly string[];
}

/** @throws EvosiftError as `Asker.ask`. */
export async function attemptEvolution(
  context: AskContext,
  { plan, eliminate: preset, maxCharacters }: Evolver,
  { stage, item, parent: { instruction, input }, operation, sample, number, draw, siblings }: AttemptRequest,
): Promise<Attempt> {
  const answered = await askPrompt(context, {
    plan,
    prompt: operation.prompt,
    variables: { ...operation.variables, instruction, input },
    key: { stage, item, operation: operation.name, sample, attempt: number },
    draw,
    examination: ({ messages, marker }) =>
      examination<typeof examineEvolved>('evolved', {
        preset,
        parent: { instruction, input },
        siblings,
        breadth: operation.breadth,
        marker,
        prompt: messages.map(({ content }) => content).join('\n'),
        maxCharacters,
      }),
  });
  if (!answered.ok) return { number, operation, status: 'failed', reason: answered.kind, detail: answered.detail };
  const { finding } = answered;
  if (finding.eliminated === null) {
    return { number, operation, status: 'survived', instruction: finding.instruction };
  }
  const { eliminated: reason, detail } = finding;
  return { number, operation, status: 'eliminated', reason, detail, instruction: finding.instruction };
}
