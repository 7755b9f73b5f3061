import { isOfTheRequest, type FailureKind } from '../llm/request-error.js';
import { splitThinking } from '../ask/answers/thinking.js';
import { generatorSampling } from '../ask/sampling.js';
import type { Examination, Finding, Variant } from '../evolve/variant.js';
import { evolveByMethod } from './evolve-by-method.js';
import { findFailures } from './failures.js';
import type { Method } from './method.js';
import type { MethodParts } from './method-parts.js';
import type { DevelopmentResult, TrialFailure } from './method-trial.js';

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
export const tryMethod = (parts: MethodParts, method: Method, rows: readonly Variant[]): Promise<RowVerdict[]> =>
  Promise.all(rows.map((row) => tryRow(parts, method, row)));

async function tryRow(parts: MethodParts, method: Method, row: Variant): Promise<RowVerdict> {
  const id = `${method.id}.${row.seed}.${parts.generator}`;
  const evolved = await evolveByMethod(parts, method.text, row, id);
  if (evolved.status === 'failed') return ofRequest(evolved.reason, evolved.detail);
  if (evolved.status === 'eliminated') return judged(findFailures(row, null, null), null);
  const { instruction } = evolved;
  const answered = await answer(parts, { id, instruction, input: row.input });
  if (!answered.ok) return ofRequest(answered.kind, answered.detail);
  const { completion, finding } = answered;
  if (finding.kind !== 'response') throw new TypeError(`a response was examined as ${finding.kind}`);
  const failures = findFailures(row, instruction, splitThinking(completion.text, instruction).text);
  if (parts.scoring === null || finding.response === null) return judged(failures, null);
  const { input, seed, id: parent } = row;
  const variant: Variant = { id, seed, parent, round: row.round + 1, instruction, input, response: finding.response };
  return judged(failures, (await parts.scoring.score(variant)).icIfd);
}

function answer(
  { asker, prompts, responder, sampling, signal }: MethodParts,
  { id, instruction, input }: { readonly id: string; readonly instruction: string; readonly input: string },
) {
  const operation = 'respond';
  const examination: Examination = { kind: 'response', instruction };
  const question = {
    key: { stage: 'optimise', item: id, operation, sample: 0, attempt: 0 },
    plan: responder,
    messages: prompts.render(operation, { instruction, input }).messages,
    sampling: generatorSampling(responder, operation, sampling.respond),
    examination,
  } as const;
  return asker.ask<Finding>(question, signal);
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
