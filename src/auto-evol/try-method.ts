import { askForResponse } from '../ask/respond-to.js';
import type { Variant } from '../ask/variant.js';
import { isOfTheRequest, type FailureKind } from '../llm/request-error.js';
import { evolveByMethod } from './evolve-batch.js';
import { findFailures } from './failures.js';
import type { Method } from './method.js';
import type { DevelopmentResult, TrialFailure } from './method-trial.js';
import type { Optimisation } from './optimisation.js';

/** What a method did with a row. */
export type RowVerdict =
  | { readonly status: 'judged'; readonly failures: readonly TrialFailure[]; readonly icIfd: number | null }
  /** The method has no part in it. */
  | { readonly status: 'unanswered'; readonly detail: string };

/**
 * Tries a method: every row is evolved and answered, its failures are found by rules, and it is scored where there is a
 * scorer.
 *
 * @returns One verdict a row, in their order.
 * @throws EvosiftError as `Asker.ask` and `Scoring.score`.
 */
export const tryMethod = (
  optimisation: Optimisation,
  method: Method,
  rows: readonly Variant[],
): Promise<RowVerdict[]> => Promise.all(rows.map((row) => tryRow(optimisation, method, row)));

async function tryRow(optimisation: Optimisation, method: Method, row: Variant): Promise<RowVerdict> {
  const { context, responder, scoring, generator } = optimisation;
  const id = `${method.id}.${row.seed}.${generator}`;
  const evolved = await evolveByMethod(optimisation, method.text, row, id);
  if (evolved.status === 'failed') return ofRequest(evolved.reason, evolved.detail);
  if (evolved.status === 'eliminated') return judged(findFailures(row, null, null), null);
  const { instruction } = evolved;
  const { input } = row;
  const unanswered = { id, instruction, input };
  const answered = await askForResponse(context, responder, unanswered, { stage: 'optimise', attempt: 0 });
  if (!answered.ok) return ofRequest(answered.kind, answered.detail);
  const { text, reasoning, failed } = answered.finding;
  const failures = findFailures(row, instruction, text);
  if (scoring === null || failed !== null) return judged(failures, null);
  return judged(failures, (await scoring.score({ instruction, input, response: text, reasoning })).icIfd);
}

const judged = (failures: readonly TrialFailure[], icIfd: number | null): RowVerdict => ({
  status: 'judged',
  failures,
  icIfd,
});

/** A server that is busy or keeps us out says nothing of a method; one that refuses this very text does. */
const ofRequest = (kind: FailureKind, detail: string): RowVerdict =>
  isOfTheRequest(kind) ? judged(['no_answer'], null) : { status: 'unanswered', detail: `${kind}: ${detail}` };

/** Adds the verdicts on the development rows up. */
export function developmentResult(verdicts: readonly RowVerdict[]): DevelopmentResult {
  const rows = verdicts.filter((verdict) => verdict.status === 'judged');
  const counts = new Map<TrialFailure, number>();
  for (const kind of rows.flatMap(({ failures }) => [...new Set(failures)])) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const share = (count: number): number => (rows.length === 0 ? 0 : count / rows.length);
  const scores = rows.map(({ icIfd }) => icIfd).filter((icIfd) => icIfd !== null);
  const kinds = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    rows: rows.length,
    unanswered: verdicts.length - rows.length,
    failures: Object.fromEntries(kinds.map(([kind, count]) => [kind, share(count)])),
    rate: share(rows.filter(({ failures }) => failures.length > 0).length),
    scored: scores.length,
    meanIcIfd: scores.length === 0 ? null : scores.reduce((sum, score) => sum + score, 0) / scores.length,
  };
}
