import { distinctBy } from '../base/distinct-by.js';
import type { GeneratorPlan } from '../llm/generator.js';

/** The generators that a run asks, each once: files tell them apart by name. */
export const eachOnce = (plans: readonly GeneratorPlan[]): readonly GeneratorPlan[] =>
  distinctBy(plans, ({ name }) => name);
