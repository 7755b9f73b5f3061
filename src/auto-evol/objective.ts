import type { DevelopmentResult, TrialReason } from './method-trial.js';
import type { Objective } from './options.js';

/** What can be said of a candidate against the method that it rewrites, before its siblings are looked at. */
export type Verdict = Extract<
  TrialReason,
  'improved' | 'no_improvement' | 'more_failures' | 'fewer_scores' | 'too_few_answers'
>;

/** Both tried on the same rows. */
export function verdictOn(objective: Objective, candidate: DevelopmentResult, current: DevelopmentResult): Verdict {
  if (tooFewAnswers(candidate)) return 'too_few_answers';
  if (objective === 'failures') return byFailures(candidate, current) < 0 ? 'improved' : 'no_improvement';
  if (candidate.rate > current.rate) return 'more_failures';
  // A mean can also be raised by losing the rows that would lower it.
  if (candidate.scored < current.scored) return 'fewer_scores';
  return byIcIfd(candidate, current) < 0 ? 'improved' : 'no_improvement';
}

/** Negative where `a` is the better one. */
function compareResults(objective: Objective, a: DevelopmentResult, b: DevelopmentResult): number {
  return objective === 'failures' ? byFailures(a, b) : byIcIfd(a, b) || byFailures(a, b);
}

/** The best of those that improve on the current method, of equal ones the first; null where none does. */
export function bestOf<Tried extends { readonly reason: TrialReason; readonly development: DevelopmentResult | null }>(
  candidates: readonly Tried[],
  objective: Objective,
): Tried | null {
  return candidates.reduce<Tried | null>((best, candidate) => {
    if (candidate.reason !== 'improved' || candidate.development === null) return best;
    if (best?.development == null) return candidate;
    return compareResults(objective, candidate.development, best.development) < 0 ? candidate : best;
  }, null);
}

/** Whether so many requests failed that the others say little. */
export const tooFewAnswers = ({ rows, unanswered }: DevelopmentResult): boolean => rows <= unanswered;

/** Whether there is nothing left to gain. */
export const isPerfect = (objective: Objective, { rate }: DevelopmentResult): boolean =>
  objective === 'failures' && rate === 0;

/** The rate decides, and between equal ones the number of different kinds. */
const byFailures = (a: DevelopmentResult, b: DevelopmentResult): number => a.rate - b.rate || kindsOf(a) - kindsOf(b);

const kindsOf = ({ failures }: DevelopmentResult): number => Object.keys(failures).length;

/** A method without any score is worse than every other. */
function byIcIfd(a: DevelopmentResult, b: DevelopmentResult): number {
  if (a.meanIcIfd === null || b.meanIcIfd === null) return Number(a.meanIcIfd === null) - Number(b.meanIcIfd === null);
  return b.meanIcIfd - a.meanIcIfd;
}
