import type { Operation } from '../evolve/variant.js';

const inDepth = (name: string): Operation => ({ name, prompt: name, variables: {}, breadth: false });

/** Evol-Instruct's four operations that make the same task harder, in the order of the published rotation. */
export const IN_DEPTH: readonly Operation[] = ['constraints', 'deepening', 'concretising', 'reasoning'].map(inDepth);

/** Evol-Instruct's operation that makes another task of the same domain. */
export const BREADTH: Operation = { name: 'breadth', prompt: 'breadth', variables: {}, breadth: true };

/** What becomes of the breadth operation: it is left out, replaces its row as the others do, or adds a row. */
export type BreadthMode = 'off' | 'replace' | 'add';

export const operationsOf = (breadth: BreadthMode): readonly Operation[] =>
  breadth === 'off' ? IN_DEPTH : [...IN_DEPTH, BREADTH];
