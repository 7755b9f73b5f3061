import type { Prompt } from '../ask/prompts/prompt.js';

/** What is done to an instruction. Its prompt is given instruction, input and `variables`. */
export interface Operation {
  /** As journal, lineage and summary call it, e.g. `deepening`. */
  readonly name: string;
  readonly prompt: Prompt;
  readonly variables: Readonly<Record<string, string>>;
  /** Makes a new instruction of the same domain rather than a harder one of the same task. */
  readonly breadth: boolean;
}

/** An operation of Evol-Instruct (Xu et al., 2023, section 3), which the published code asks for with temperature 0. */
const evolInstruct = (name: string, breadth: boolean): Operation => ({
  name,
  prompt: { name, variables: ['instruction', 'input'], published: { temperature: 0 } },
  variables: {},
  breadth,
});

/** Evol-Instruct's four operations that make the same task harder, in the order of the published rotation. */
const IN_DEPTH: readonly Operation[] = ['constraints', 'deepening', 'concretising', 'reasoning'].map((name) =>
  evolInstruct(name, false),
);

/** Evol-Instruct's operation that makes another task of the same domain. */
const BREADTH: Operation = evolInstruct('breadth', true);

/** What becomes of the breadth operation: it is left out, replaces its row as the others do, or adds a row. */
export const BREADTHS = ['off', 'replace', 'add'] as const;
export type BreadthMode = (typeof BREADTHS)[number];

export const operationsOf = (breadth: BreadthMode): readonly Operation[] =>
  breadth === 'off' ? IN_DEPTH : [...IN_DEPTH, BREADTH];
