import type { Variant } from '../evolve/variant.js';
import type { MethodParts } from './method-parts.js';
import type { DevelopmentResult, TrialReason } from './method-trial.js';
import { compareResults, verdictOn } from './objective.js';
import type { Objective } from './options.js';
import type { Rewriting } from './rewrite.js';
import { developmentResult, tryMethod } from './try-method.js';

/** A rewritten method and how it did; or what came in place of one. */
export interface Candidate {
  readonly text: string | null;
  readonly development: DevelopmentResult | null;
  readonly reason: TrialReason;
  readonly detail: string;
}

/** What candidates are measured by. */
export interface Measure {
  readonly objective: Objective;
  /** What the method did that they rewrite. */
  readonly current: DevelopmentResult;
  readonly rows: readonly Variant[];
}

/** For each rewriting, whether its text was a method before, or is that of a rewriting before it. */
export function repeats(rewritings: readonly Rewriting[], tried: ReadonlySet<string>): readonly boolean[] {
  const seen = new Set(tried);
  return rewritings.map((rewriting) => {
    if (rewriting.status !== 'rewritten') return false;
    const repeated = seen.has(rewriting.text);
    seen.add(rewriting.text);
    return repeated;
  });
}

/** Tries a rewriting on the development rows; a repeated one would only say the same again. */
export async function tryCandidate(
  parts: MethodParts,
  id: string,
  { rewriting, repeated }: { readonly rewriting: Rewriting; readonly repeated: boolean },
  { objective, current, rows }: Measure,
): Promise<Candidate> {
  if (rewriting.status !== 'rewritten') {
    return { text: null, development: null, reason: rewriting.status, detail: rewriting.detail };
  }
  const { text } = rewriting;
  if (repeated) return { text, development: null, reason: 'repeated', detail: '' };
  const verdicts = await tryMethod(parts, { id, text }, rows);
  const development = developmentResult(verdicts);
  const unanswered = verdicts.find((verdict) => verdict.status === 'unanswered');
  return { text, development, reason: verdictOn(objective, development, current), detail: unanswered?.detail ?? '' };
}

/** The best of those that improve on the current method, of equal ones the first; null where none does. */
export function bestOf(candidates: readonly Candidate[], objective: Objective): Candidate | null {
  return candidates.reduce<Candidate | null>((best, candidate) => {
    if (candidate.reason !== 'improved' || candidate.development === null) return best;
    if (best?.development == null) return candidate;
    return compareResults(objective, candidate.development, best.development) < 0 ? candidate : best;
  }, null);
}
