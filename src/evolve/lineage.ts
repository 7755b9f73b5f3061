import type { ResponseFailure } from '../ask/examine-response.js';
import type { Seed } from '../ask/seed.js';
import type { Variant } from '../ask/variant.js';
import type { FailureKind } from '../llm/request-error.js';
import type { Attempt } from '../operations/attempt.js';
import type { Elimination } from '../operations/eliminators/eliminator.js';
import type { ReasonCode } from '../rows/example.js';
import type { TextScores } from '../score/scoring-stream.js';
import type { Survivor } from './survivor.js';

/**
 * A line of `lineage.jsonl`: every seed, and every attempt at making something of it. `status`: `seed`, `survived`,
 * `eliminated` (`reason` is the eliminator), `failed` (the request's failure), `outdone` (survived, but another
 * sample's IC-IFD was better), `skipped` (a seed that can't be evolved).
 */
export interface LineageLine {
  readonly id: string;
  readonly seed: string;
  readonly parent: string | null;
  readonly round: number;
  readonly op: string | null;
  readonly generator: string | null;
  readonly sample: number;
  readonly attempt: number;
  readonly status: 'seed' | 'survived' | 'eliminated' | 'failed' | 'outdone' | 'skipped';
  readonly reason: Elimination | FailureKind | ReasonCode | null;
  readonly detail: string;
  readonly instruction: string | null;
  readonly input: string;
  readonly response: string | null;
  /** Why there is no response, where one was asked for. */
  readonly response_reason: ResponseFailure | FailureKind | null;
  readonly loss_q?: number | null;
  readonly loss_a_given_q?: number | null;
  readonly loss_a?: number | null;
  readonly ifd?: number | null;
  readonly ic_ifd?: number | null;
  readonly score_reason?: ReasonCode | null;
  /** What the seed's row has beside its last question; absent where that is nothing. */
  readonly ignored?: readonly string[];
}

/** The scores of a variant as files hold them; empty where nothing is scored. */
export function scoreFields(
  scores: TextScores | null,
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
export function seedLine(seed: Seed, scores: TextScores | null): LineageLine {
  const ofSeeds = { parent: null, round: 0, op: null, generator: null, sample: 0, attempt: 0, response_reason: null };
  if (seed.ok) {
    const { id, instruction, input, response } = seed.variant;
    const texts = { instruction, input, response };
    const ignored = seed.ignored.length > 0 ? { ignored: seed.ignored } : {};
    const status = { status: 'seed', reason: null, detail: '' } as const;
    return { id, seed: id, ...ofSeeds, ...status, ...texts, ...scoreFields(scores), ...ignored };
  }
  const id = String(seed.index);
  const { reason, detail } = seed;
  return { id, seed: id, ...ofSeeds, status: 'skipped', reason, detail, instruction: null, input: '', response: null };
}

/** Where in a lineage an attempt stands. */
export interface Origin {
  readonly id: string;
  readonly parent: Variant;
  readonly round: number;
  readonly generator: string;
  readonly sample: number;
}

/** The line of an attempt that came to nothing. */
export function attemptLine(
  origin: Origin,
  attempt: Attempt & { readonly status: 'eliminated' | 'failed' },
): LineageLine {
  const instruction = attempt.status === 'eliminated' ? attempt.instruction : null;
  return {
    ...originFields(origin),
    op: attempt.operation.name,
    attempt: attempt.number,
    status: attempt.status,
    reason: attempt.reason,
    detail: attempt.detail,
    instruction,
    input: origin.parent.input,
    response: null,
    response_reason: null,
  };
}

/** The line of a variant that came through. */
export function survivorLine(
  origin: Origin,
  attempt: number,
  survivor: Survivor,
  status: 'survived' | 'outdone',
): LineageLine {
  const { instruction, input, response } = survivor.variant;
  return {
    ...originFields(origin),
    op: survivor.op,
    attempt,
    status,
    reason: null,
    detail: '',
    instruction,
    input,
    response,
    response_reason: survivor.responseReason,
    ...scoreFields(survivor.scores),
  };
}

const originFields = ({ id, parent, round, generator, sample }: Origin) => ({
  id,
  seed: parent.seed,
  parent: parent.id,
  round,
  generator,
  sample,
});
