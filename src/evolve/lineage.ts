import type { Attempt } from '../operations/attempt.js';
import type { Seed } from '../ask/seed.js';
import type { LineageLine, Variant, VariantScores } from './variant.js';
import type { Version } from './version.js';

/** The scores of a variant as files hold them; empty where nothing is scored. */
export function scoreFields(
  scores: VariantScores | null,
): Pick<LineageLine, 'loss_q' | 'loss_a_given_q' | 'loss_a' | 'ifd' | 'ic_ifd' | 'score_reason'> {
  if (scores === null) return {};
  return {
    loss_q: scores.lossQ,
    loss_a_given_q: scores.lossAGivenQ,
    loss_a: scores.lossA,
    ifd: scores.ifd,
    ic_ifd: scores.icIfd,
    score_reason: scores.unscored,
  };
}

/** The line of a row as it came. */
export function seedLine(seed: Seed, scores: VariantScores | null): LineageLine {
  const origin = { parent: null, round: 0, op: null, generator: null, sample: 0, attempt: 0, response_reason: null };
  if (seed.ok) {
    const { id, instruction, input, response } = seed.variant;
    const texts = { instruction, input, response };
    return { id, seed: id, ...origin, status: 'seed', reason: null, detail: '', ...texts, ...scoreFields(scores) };
  }
  const id = String(seed.index);
  const { reason, detail } = seed;
  return { id, seed: id, ...origin, status: 'skipped', reason, detail, instruction: null, input: '', response: null };
}

/** Where in a lineage an attempt stands. */
export interface Place {
  readonly id: string;
  readonly parent: Variant;
  readonly round: number;
  readonly generator: string;
  readonly sample: number;
}

/** The line of an attempt that came to nothing. */
export function attemptLine(
  place: Place,
  attempt: Attempt & { readonly status: 'eliminated' | 'failed' },
): LineageLine {
  const instruction = attempt.status === 'eliminated' ? attempt.instruction : null;
  return {
    ...placeFields(place),
    op: attempt.operation.name,
    attempt: attempt.number,
    status: attempt.status,
    reason: attempt.reason,
    detail: attempt.detail,
    instruction,
    input: place.parent.input,
    response: null,
    response_reason: null,
  };
}

/** The line of a variant that came through. */
export function versionLine(
  place: Place,
  attempt: number,
  version: Version,
  status: 'survived' | 'outdone',
): LineageLine {
  const { instruction, input, response } = version.variant;
  return {
    ...placeFields(place),
    op: version.op,
    attempt,
    status,
    reason: null,
    detail: '',
    instruction,
    input,
    response,
    response_reason: version.responseReason,
    ...scoreFields(version.scores),
  };
}

const placeFields = ({ id, parent, round, generator, sample }: Place) => ({
  id,
  seed: parent.seed,
  parent: parent.id,
  round,
  generator,
  sample,
});
