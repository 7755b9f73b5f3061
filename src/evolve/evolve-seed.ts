import { CountingAsker, UNWORDED_PROMPTS } from '../ask/counting-asker.js';
import { Questions } from '../ask/questions.js';
import { isStop } from '../ask/stop.js';
import type { Variant } from '../ask/variant.js';
import type { EvosiftError } from '../base/errors.js';
import { ASSUMPTIONS } from './assumptions.js';
import { evolveRow, type Chain, type ChainRow } from './evolve-row.js';
import type { LineageLine } from './lineage.js';
import type { Survivor } from './survivor.js';

/** What became of a seed with one generator. */
export interface ChainResult {
  readonly lines: readonly LineageLine[];
  /** By round. */
  readonly survivors: readonly Survivor[];
  /** What ended the chain before its last round; null where it came to its end. */
  readonly stopped: EvosiftError | null;
}

/** Questions by the part of a run that asks them. */
export type QuestionCounts = ReadonlyMap<string, number>;

/**
 * Takes a seed through its rounds. A row of which nothing came keeps its instruction and its answer for the next round.
 * Depends on nothing but the seed, the options and the answers.
 *
 * @param index The seed's position in the data, by which the schedule goes.
 * @param planned The questions that are planned for this seed.
 * @throws EvosiftError `closed`, `replay_miss`, `disk_full`, `engine_failed`.
 */
export async function evolveSeed(
  given: Chain,
  index: number,
  seed: Variant,
  planned: QuestionCounts,
): Promise<ChainResult> {
  const lines: LineageLine[] = [];
  const survivors: Survivor[] = [];
  let rows: readonly ChainRow[] = [{ number: 0, index, variant: seed, children: [] }];
  for (let round = 1; round <= given.rounds; round++) {
    const part = `round ${round}`;
    using asker = given.questions.share(part, planned.get(part) ?? 0, given.context.asker);
    const chain = { ...given, context: { ...given.context, asker } };
    const steps = await settleAll(rows.map((row) => evolveRow(chain, row, round)));
    if (!steps.ok) return { lines, survivors, stopped: steps.stopped };
    const added: ChainRow[] = [];
    rows = rows.map((row, position) => {
      const step = steps.values[position];
      lines.push(...(step?.lines ?? []));
      const survivor = step?.survivor ?? null;
      if (survivor === null) return row;
      survivors.push(survivor);
      if (step?.breadth !== true || !chain.addsBreadth) return { ...row, variant: survivor.variant, children: [] };
      const number = rows.length + added.length;
      added.push({ number, index: row.index + number, variant: survivor.variant, children: [] });
      return { ...row, children: [...row.children, survivor.variant.instruction] };
    });
    rows = [...rows, ...added];
  }
  return { lines, survivors, stopped: null };
}

/** The questions that a seed takes where nothing is thrown away: of its very chain, answered by rule. */
export async function countQuestions(chain: Chain, index: number): Promise<QuestionCounts> {
  const questions = new Questions();
  const context = { ...chain.context, asker: new CountingAsker(ASSUMPTIONS), prompts: UNWORDED_PROMPTS };
  await evolveSeed({ ...chain, context, scoring: null, questions }, index, ANY_SEED, new Map());
  return questions.answered;
}

const ANY_SEED: Variant = {
  id: '0',
  seed: '0',
  parent: null,
  round: 0,
  instruction: '',
  input: '',
  response: null,
  reasoning: null,
};

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
