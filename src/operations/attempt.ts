import type { Sampling } from '../llm/chat.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { Asker, JournalKey } from '../llm/question.js';
import type { FailureKind } from '../llm/request-error.js';
import type { PromptPack } from '../ask/prompts/prompt-pack.js';
import { generatorSampling, redrawn } from '../ask/sampling.js';
import type { Elimination, EliminatorPreset, Examination, Finding, Operation, Variant } from '../evolve/variant.js';

/** What evolves instructions. */
export interface Evolver {
  readonly asker: Asker;
  readonly prompts: PromptPack;
  readonly plan: GeneratorPlan;
  /** Before the generator's own settings. */
  readonly sampling: Sampling;
  readonly eliminate: EliminatorPreset;
  /** See `Examination`. */
  readonly maxCharacters: number | null;
  readonly signal: AbortSignal | undefined;
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
  /** What it is made for; default `evolve`. */
  readonly stage?: JournalKey['stage'];
  /** The journal's name of what is made. */
  readonly item: string;
  readonly parent: Pick<Variant, 'instruction' | 'input'>;
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
export async function attemptEvolution(evolver: Evolver, request: AttemptRequest): Promise<Attempt> {
  const { asker, prompts, plan, sampling, eliminate, maxCharacters, signal } = evolver;
  const { stage = 'evolve', item, parent, operation, sample, number, draw, siblings } = request;
  const { instruction, input } = parent;
  const { messages, marker } = prompts.render(operation.prompt, { ...operation.variables, instruction, input });
  const examination: Examination = {
    kind: 'evolved',
    preset: eliminate,
    parent: { instruction, input },
    siblings,
    breadth: operation.breadth,
    marker,
    prompt: messages.map(({ content }) => content).join('\n'),
    maxCharacters,
  };
  const question = {
    key: { stage, item, operation: operation.name, sample, attempt: number },
    plan,
    messages,
    sampling: redrawn(generatorSampling(plan, operation.name, sampling), draw),
    examination,
  } as const;
  const answered = await asker.ask<Finding>(question, signal);
  if (!answered.ok) return { number, operation, status: 'failed', reason: answered.kind, detail: answered.detail };
  const { finding } = answered;
  if (finding.kind !== 'evolved') throw new TypeError(`an evolved instruction was examined as ${finding.kind}`);
  if (finding.eliminated === null) {
    return { number, operation, status: 'survived', instruction: finding.instruction };
  }
  const { eliminated: reason, detail } = finding;
  return { number, operation, status: 'eliminated', reason, detail, instruction: finding.instruction };
}
