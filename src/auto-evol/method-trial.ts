import type { EvolutionFailure } from './failures.js';

/** What is wrong with a row that a method evolved; `no_answer`: the generator refused the request for good. */
export type TrialFailure = EvolutionFailure | 'no_answer';

/** What a method did with the development set. */
export interface DevelopmentResult {
  /** Rows that came to a verdict. */
  readonly rows: number;
  /** Rows whose requests failed for reasons that have nothing to do with the method, such as a busy server. */
  readonly unanswered: number;
  /** Share of `rows` with a failure of this kind; a row may have several. Kinds that did not occur are left out. */
  readonly failures: Readonly<Partial<Record<TrialFailure, number>>>;
  /** Share of `rows` with any failure. */
  readonly rate: number;
  /** Rows with an IC-IFD, and its mean over them; null where nothing was scored. */
  readonly scored: number;
  readonly meanIcIfd: number | null;
}

/**
 * Why a method was taken or not.
 *
 * `initial` the first one; `improved` better than the method before it; `not_best` better, but another of its step was
 * best; `no_improvement`; `more_failures` (under `ic_ifd`); `fewer_scores` (under `ic_ifd`) fewer rows scored than with
 * the method before; `too_few_answers` more than half of the development rows went unanswered; `repeated` an earlier
 * method's text; `no_method` no method in the answer; `request_failed` no answer; `analysis_failed` no rewriting was
 * asked for.
 */
export type TrialReason =
  | 'initial'
  | 'improved'
  | 'not_best'
  | 'no_improvement'
  | 'more_failures'
  | 'fewer_scores'
  | 'too_few_answers'
  | 'repeated'
  | 'no_method'
  | 'request_failed'
  | 'analysis_failed';

/** A method and what came of it; or what came in place of one. */
export interface MethodTrial {
  /** `0000-initial`, `0007-step-2-candidate-2`; the file's name under `methods/`. */
  readonly id: string;
  /** The method that it is a rewriting of. */
  readonly parent: string | null;
  /** From 1; 0 for the initial method. */
  readonly step: number;
  /** From 1; 0 for the initial method, and for a step that came to no candidates. */
  readonly candidate: number;
  readonly text: string | null;
  /** Hex, of `text`. */
  readonly sha256: string | null;
  readonly development: DevelopmentResult | null;
  readonly accepted: boolean;
  readonly reason: TrialReason;
  /** One sentence where there is more to say than `reason` does; else empty. */
  readonly detail: string;
}

/** A trial's identity: numbers run on through all steps, so that files sort by it. */
export function trialId(step: number, candidate: number, candidates: number): string {
  const number = String(step === 0 ? 0 : (step - 1) * candidates + Math.max(candidate, 1)).padStart(4, '0');
  if (step === 0) return `${number}-initial`;
  return candidate === 0 ? `${number}-step-${step}` : `${number}-step-${step}-candidate-${candidate}`;
}

/** The text of the method that was accepted last: the best of them, since every one had to beat the one before. */
export function bestMethod(trials: readonly MethodTrial[]): string {
  const best = trials.findLast(({ accepted }) => accepted);
  if (best?.text == null) throw new RangeError('the initial method is always accepted');
  return best.text;
}
