import type { GeneratorPlan } from '../llm/generator.js';

/** The generators that a run asks, each once: files tell them apart by name. */
export const eachOnce = (plans: readonly GeneratorPlan[]): readonly GeneratorPlan[] => [
  ...new Map(plans.map((plan) => [plan.name, plan] as const)).values(),
];
