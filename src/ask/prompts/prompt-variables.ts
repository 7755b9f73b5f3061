/**
 * The prompts that evosift asks for, and what their templates are given.
 *
 * - `instruction`, `input`, `response`: texts of the row; `input` is empty where it has none.
 * - `method`: how instructions are evolved, in words; `method-initial` is itself the first one.
 * - `trajectories`: rows evolved for several rounds, each an object with `instruction` and `input` of the row and
 *   `stages`: a list of objects with `instruction` (none where the round made nothing) and `problem` (why; else none).
 * - `feedback`: what the analysis of trajectories said.
 */
const PROMPT_VARIABLES = {
  constraints: ['instruction', 'input'],
  deepening: ['instruction', 'input'],
  concretising: ['instruction', 'input'],
  reasoning: ['instruction', 'input'],
  breadth: ['instruction', 'input'],
  respond: ['instruction', 'input'],
  judge: ['instruction', 'input', 'response'],
  'method-initial': [],
  'evolve-by-method': ['method', 'instruction', 'input'],
  analyse: ['method', 'trajectories'],
  'rewrite-method': ['method', 'feedback'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type PromptName = keyof typeof PROMPT_VARIABLES;

export const isPromptName = (name: string): name is PromptName => Object.hasOwn(PROMPT_VARIABLES, name);

export const variablesOf = (name: PromptName): readonly string[] => PROMPT_VARIABLES[name];

export const PROMPT_NAMES: readonly PromptName[] = Object.keys(PROMPT_VARIABLES).filter(isPromptName);
