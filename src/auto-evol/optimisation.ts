import type { AskContext } from '../ask/ask-prompt.js';
import type { Questions } from '../ask/questions.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { Scoring } from '../score/scoring-stream.js';
import type { AutoSettings } from './options.js';

/** What a method is optimised with. */
export interface Optimisation {
  readonly context: AskContext;
  readonly settings: AutoSettings;
  /** Evolves, as the run will with the method that is found. */
  readonly evolver: GeneratorPlan;
  /** Answers the evolved development rows. */
  readonly responder: GeneratorPlan;
  /** Analyses and rewrites. */
  readonly optimiser: GeneratorPlan;
  readonly scoring: Scoring | null;
  /** The evolver's number in the run, as in the ids of variants. */
  readonly generator: number;
  /** Where what is asked is counted. */
  readonly questions: Questions;
  /** How many of each part there will be at most. */
  readonly planned: ReadonlyMap<string, number>;
  /** What the names of its parts begin with; empty where there is one evolver. */
  readonly label: string;
}
