import type { Variant } from '../evolve/variant.js';
import { analyse } from './analyse.js';
import { bestOf, repeats, tryCandidate, type Candidate, type Measure } from './candidates.js';
import { evolveBatch } from './evolve-batch.js';
import { methodHash, type Method } from './method.js';
import type { MethodParts } from './method-parts.js';
import { trialId, type DevelopmentResult, type MethodTrial } from './method-trial.js';
import type { AutoSettings } from './options.js';
import { stepRequests, sumOf } from './requests.js';
import { rewrite } from './rewrite.js';

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
  readonly settings: AutoSettings;
}

/** What a step came to; `accepted` is null where the current method stays. */
export interface StepResult {
  readonly trials: readonly MethodTrial[];
  readonly accepted: CurrentMethod | null;
}

/** What a step's questions are counted as. */
export const stepPart = ({ label }: MethodParts, { steps }: AutoSettings, step: number): string =>
  `${label}step ${step} of ${steps}`;

/** One step of the optimiser: evolve a batch, analyse, rewrite, try the candidates, choose. */
export async function takeStep(given: MethodParts, task: StepTask): Promise<StepResult> {
  const { step, current, tried, batch, development, settings } = task;
  const { objective, candidates: count } = settings;
  const { questions } = given;
  const part = stepPart(given, settings, step);
  using asker = questions.share(part, sumOf(stepRequests(settings)), given.asker);
  const parts = { ...given, asker };
  const trajectories = await evolveBatch(parts, current.text, batch, settings.batchRounds, step);
  const analysis = await analyse(parts, current.text, trajectories, step);
  if (!analysis.ok) {
    const nothing = { text: null, development: null, reason: 'analysis_failed', detail: analysis.detail } as const;
    return { trials: [trialOf(nothing, task, 0, false)], accepted: null };
  }
  const rewritings = await Promise.all(
    Array.from({ length: count }, (_, place) => rewrite(parts, current.text, analysis.feedback, step, place + 1)),
  );
  const repeated = repeats(rewritings, tried);
  const measure: Measure = { objective, current: current.development, rows: development };
  // They are tried side by side: the first is done when any of them is.
  let done = 0;
  const tell = (): void => questions.tell(part, `candidate ${Math.min(done + 1, count)} of ${count}`);
  tell();
  const candidates = await Promise.all(
    rewritings.map(async (rewriting, place) => {
      const entry = { rewriting, repeated: repeated[place] === true };
      const candidate = await tryCandidate(parts, trialId(step, place + 1, count), entry, measure);
      done++;
      tell();
      return candidate;
    }),
  );
  const best = bestOf(candidates, objective);
  const trials = candidates.map((candidate, place) => trialOf(candidate, task, place + 1, candidate === best));
  return { trials, accepted: acceptedOf(trials) };
}

/** @param number From 1; 0 for a step that came to no candidates. */
function trialOf(
  { text, development, reason, detail }: Candidate,
  { step, current, settings }: StepTask,
  number: number,
  accepted: boolean,
): MethodTrial {
  return {
    id: trialId(step, number, settings.candidates),
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
