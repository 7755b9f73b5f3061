import type { Sampling } from '../llm/chat.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { Asker } from '../llm/question.js';
import type { PromptPack } from '../ask/prompts/prompt-pack.js';
import type { Questions } from '../ask/questions.js';
import type { Scoring } from '../evolve/scoring.js';

/** What a method is optimised with. */
export interface MethodParts {
  readonly asker: Asker;
  readonly prompts: PromptPack;
  /** Evolves, as the run will with the method that is found. */
  readonly evolver: GeneratorPlan;
  /** Answers the evolved development rows. */
  readonly responder: GeneratorPlan;
  /** Analyses and rewrites. */
  readonly optimiser: GeneratorPlan;
  /** Before the generators' own settings. */
  readonly sampling: { readonly evolve: Sampling; readonly respond: Sampling; readonly optimise: Sampling };
  readonly scoring: Scoring | null;
  /** The evolver's number in the run, as in the ids of variants. */
  readonly generator: number;
  /** Where what is asked is counted. */
  readonly questions: Questions;
  /** What the names of its parts begin with; empty where there is one evolver. */
  readonly label: string;
  readonly signal: AbortSignal | undefined;
}
