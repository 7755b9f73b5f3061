import type { EvosiftError } from '../base/errors.js';
import type { Asker } from '../llm/question.js';
import { evolveRow, type ChainParts, type ChainRow } from './evolve-row.js';
import { plannedQuestions } from './planned-steps.js';
import { roundPart } from '../ask/questions.js';
import { isStop } from '../ask/stop.js';
import type { LineageLine, Variant } from './variant.js';
import type { Version } from './version.js';

/** A seed's whole story with one generator. */
export interface Chain {
  readonly lines: readonly LineageLine[];
  /** What survived, by round. */
  readonly versions: readonly Version[];
  /** What ended the chain before its last round; null where it came to its end. */
  readonly stopped: EvosiftError | null;
}

/**
 * Takes a seed through its rounds. A row of which nothing came keeps its instruction and its answer for the next round.
 * Depends on nothing but the seed, the options and the answers.
 *
 * @param index The seed's position in the data, by which the schedule goes.
 * @throws EvosiftError `closed`, `replay_miss`, `disk_full`, `engine_failed`.
 */
export async function evolveSeed(parts: ChainParts, index: number, seed: Variant): Promise<Chain> {
  const lines: LineageLine[] = [];
  const versions: Version[] = [];
  const planned = questionsOf(parts, index);
  let rows: readonly ChainRow[] = [{ number: 0, index, variant: seed, children: [] }];
  for (let round = 1; round <= parts.rounds; round++) {
    using asker = parts.questions.share(roundPart(round), planned[round - 1] ?? 0, parts.evolver.asker);
    const asking = withAsker(parts, asker);
    const steps = await settleAll(rows.map((row) => evolveRow(asking, row, round)));
    if (!steps.ok) return { lines, versions, stopped: steps.stopped };
    const added: ChainRow[] = [];
    rows = rows.map((row, position) => {
      const step = steps.values[position];
      lines.push(...(step?.lines ?? []));
      const version = step?.version ?? null;
      if (version === null) return row;
      versions.push(version);
      if (step?.breadth !== true || !parts.addsBreadth) return { ...row, variant: version.variant, children: [] };
      const number = rows.length + added.length;
      added.push({ number, index: row.index + number, variant: version.variant, children: [] });
      return { ...row, children: [...row.children, version.variant.instruction] };
    });
    rows = [...rows, ...added];
  }
  return { lines, versions, stopped: null };
}

/** Tells that a seed is not evolved, whose questions were planned. */
export function dropSeed(parts: ChainParts, index: number): void {
  for (const [place, count] of questionsOf(parts, index).entries()) parts.questions.plan(roundPart(place + 1), -count);
}

const questionsOf = (parts: ChainParts, index: number): readonly number[] =>
  plannedQuestions(parts.schedule, index, parts, parts.responder !== null);

const withAsker = (parts: ChainParts, asker: Asker): ChainParts => ({
  ...parts,
  evolver: { ...parts.evolver, asker },
  responder: parts.responder && { ...parts.responder, asker },
});

type Settled<Value> =
  { readonly ok: true; readonly values: readonly Value[] } | { readonly ok: false; readonly stopped: EvosiftError };

/** Waits for all, so that nothing goes on behind a chain that has ended. */
async function settleAll<Value>(work: readonly Promise<Value>[]): Promise<Settled<Value>> {
  const values: Value[] = [];
  let failure: { readonly error: unknown } | null = null;
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'fulfilled') values.push(result.value);
    else if (failure === null || isStop(failure.error)) failure = { error: result.reason };
  }
  if (failure === null) return { ok: true, values };
  if (isStop(failure.error)) return { ok: false, stopped: failure.error };
  throw failure.error;
}
