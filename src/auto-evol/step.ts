import type { Variant } from '../ask/variant.js';
import { evolveBatch } from './evolve-batch.js';
import { methodHash, type Method } from './method.js';
import { trialId, type DevelopmentResult, type MethodTrial, type TrialReason } from './method-trial.js';
import { bestOf, verdictOn } from './objective.js';
import type { Optimisation } from './optimisation.js';
import { analyse, rewrite, type Rewriting } from './optimiser.js';
import { developmentResult, tryMethod } from './try-method.js';

/** A method with what it did with the development set. */
export interface CurrentMethod extends Method {
  readonly development: DevelopmentResult;
}

export interface StepTask {
  /** From 1. */
  readonly step: number;
  readonly current: CurrentMethod;
  /** Texts of all methods so far. */
  readonly tried: ReadonlySet<string>;
  readonly batch: readonly Variant[];
  readonly development: readonly Variant[];
}

/** What a step came to; `accepted` is null where the current method stays. */
export interface StepResult {
  readonly trials: readonly MethodTrial[];
  readonly accepted: CurrentMethod | null;
}

/** What a step's questions are counted as. */
export const stepPart = ({ label, settings }: Optimisation, step: number): string =>
  `${label}step ${step} of ${settings.steps}`;

/** One step of the optimiser: evolve a batch, analyse, rewrite, try the candidates, choose. */
export async function takeStep(given: Optimisation, task: StepTask): Promise<StepResult> {
  const { step, current, tried, batch } = task;
  const { questions, planned, settings } = given;
  const { objective, candidates: count, batchRounds } = settings;
  const part = stepPart(given, step);
  using asker = questions.share(part, planned.get(part) ?? 0, given.context.asker);
  const optimisation = { ...given, context: { ...given.context, asker } };
  const trajectories = await evolveBatch(optimisation, current.text, batch, batchRounds, step);
  const analysis = await analyse(optimisation, current.text, trajectories, step);
  if (!analysis.ok) {
    const nothing = { text: null, development: null, reason: 'analysis_failed', detail: analysis.detail } as const;
    return { trials: [trialOf(nothing, task, 0, count, false)], accepted: null };
  }
  const rewritings = await Promise.all(
    Array.from({ length: count }, (_, place) =>
      rewrite(optimisation, current.text, analysis.feedback, step, place + 1),
    ),
  );
  const repeated = repeats(rewritings, tried);
  // They are tried side by side: the first is done when any of them is.
  let done = 0;
  const tell = (): void => questions.tell(part, `candidate ${Math.min(done + 1, count)} of ${count}`);
  tell();
  const candidates = await Promise.all(
    rewritings.map(async (rewriting, place) => {
      const id = trialId(step, place + 1, count);
      const candidate = await tryCandidate(optimisation, id, rewriting, repeated[place] === true, task);
      done++;
      tell();
      return candidate;
    }),
  );
  const best = bestOf(candidates, objective);
  const trials = candidates.map((candidate, place) => trialOf(candidate, task, place + 1, count, candidate === best));
  return { trials, accepted: acceptedOf(trials) };
}

/** A rewritten method and how it did; or what came in place of one. */
interface MethodCandidate {
  readonly text: string | null;
  readonly development: DevelopmentResult | null;
  readonly reason: TrialReason;
  readonly detail: string;
}

/** For each rewriting, whether its text was a method before, or is that of a rewriting before it. */
function repeats(rewritings: readonly Rewriting[], tried: ReadonlySet<string>): readonly boolean[] {
  const seen = new Set(tried);
  return rewritings.map((rewriting) => {
    if (rewriting.status !== 'rewritten') return false;
    const repeated = seen.has(rewriting.text);
    seen.add(rewriting.text);
    return repeated;
  });
}

/** Tries a rewriting on the development rows; a repeated one would only say the same again. */
async function tryCandidate(
  optimisation: Optimisation,
  id: string,
  rewriting: Rewriting,
  isRepeated: boolean,
  { current, development: rows }: StepTask,
): Promise<MethodCandidate> {
  if (rewriting.status !== 'rewritten') {
    return { text: null, development: null, reason: rewriting.status, detail: rewriting.detail };
  }
  const { text } = rewriting;
  if (isRepeated) return { text, development: null, reason: 'repeated', detail: '' };
  const verdicts = await tryMethod(optimisation, { id, text }, rows);
  const development = developmentResult(verdicts);
  const unanswered = verdicts.find((verdict) => verdict.status === 'unanswered');
  const reason = verdictOn(optimisation.settings.objective, development, current.development);
  return { text, development, reason, detail: unanswered?.detail ?? '' };
}

/** @param number From 1; 0 for a step that came to no candidates. */
function trialOf(
  { text, development, reason, detail }: MethodCandidate,
  { step, current }: StepTask,
  number: number,
  candidates: number,
  accepted: boolean,
): MethodTrial {
  return {
    id: trialId(step, number, candidates),
    parent: current.id,
    step,
    candidate: number,
    text,
    sha256: text === null ? null : methodHash(text),
    development,
    accepted,
    reason: reason === 'improved' && !accepted ? 'not_best' : reason,
    detail,
  };
}

function acceptedOf(trials: readonly MethodTrial[]): CurrentMethod | null {
  const trial = trials.find(({ accepted }) => accepted);
  if (trial?.text == null || trial.development === null) return null;
  return { id: trial.id, text: trial.text, development: trial.development };
}
