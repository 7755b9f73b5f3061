import { seedIdentity } from '../../ask/identity.js';
import { SeedSource } from '../../ask/seeds.js';
import { EvosiftError } from '../../base/errors.js';
import { dataName } from '../../runs/run-name.js';
import type { Preference } from '../answers/preference.js';
import { JUDGE_PAIR } from '../prompts.js';
import { ByOrigin, fileNames, originOf, type Grouping } from '../rows/origin.js';
import { RowTally, type RowCounts } from '../rows/row-tally.js';
import { askJudge, type Judge } from '../run/ask-judge.js';
import type { JudgeTask } from '../run/judge-task.js';
import { twoSets, type PairwiseSettings } from './options.js';
import { agreedOutcome, orderVerdict, type OrderVerdict, type Outcome } from './outcome.js';
import { OrderTally, OutcomeTally, type OrderValues, type OutcomeValues } from './pair-tallies.js';
import { hasHistory, PairedRows, questionOf, type Pair, type SharedRows } from './pair-up.js';

/** What a summary says of two sets of answers; `rows` are those of the first. */
export type PairwiseSummary = RowCounts &
  OutcomeValues &
  Partial<Readonly<Record<Grouping, Readonly<Record<string, RowCounts & OutcomeValues>>>>> &
  OrderValues &
  SharedRows & {
    /** Of the preset `published`: ties that stand for an answer which holds no verdict. */
    readonly unparsableTies: number;
  };

/** A line of verdicts, keyed by the first set's row. */
export interface PairVerdict {
  readonly hash: string | null;
  readonly id: string | number | null;
  readonly index: number;
  readonly pairwise: Outcome | null;
  /** The outcome in each order that was asked for: as given, and swapped. */
  readonly pairwise_orders: readonly (Outcome | null)[];
  /** Its counterpart's place in the second set; null where there is none. */
  readonly pairwise_index: number | null;
  readonly reason: string | null;
}

export interface PairResult {
  readonly outcome: Outcome | null;
  readonly orders: readonly OrderVerdict[];
  readonly reason: string | null;
}

/**
 * Judges which of two answers is better, for every instruction that two sets share.
 *
 * @throws EvosiftError `bad_argument`, `bad_data`.
 */
export async function openPairs(settings: PairwiseSettings): Promise<JudgeTask<Pair, PairResult, PairwiseSummary>> {
  const { preset, pairBy } = settings;
  const [one, other] = twoSets(settings);
  const { limit: limited, ...whole } = settings;
  const first = await SeedSource.open({ ...settings, data: [one] });
  const second = await SeedSource.open({ ...whole, data: [other] });
  const unlimited = limited === undefined ? first : await SeedSource.open({ ...whole, data: [one] });
  const pairs = await PairedRows.open(first, second, pairBy, unlimited);
  if (pairs.shared.pairs === 0) {
    const remedy = pairBy === 'id' ? '`pairBy: instruction`' : '`pairBy: id`';
    throw new EvosiftError(
      'bad_data',
      `${one} and ${other} have no ${pairBy} in common; ${remedy} pairs rows in another way`,
      {
        option: 'data',
      },
    );
  }
  const swaps = preset === 'published' ? [false] : [false, true];
  const names = fileNames(first.paths);
  const totals = new ByOrigin(
    () => new RowTally(new OutcomeTally()),
    ({ values }) => values,
  );
  const orderTally = new OrderTally();
  let unparsableTies = 0;
  return {
    measure: 'pairwise',
    prompt: JUDGE_PAIR,
    identity: { ...seedIdentity(first), second: seedIdentity(second), preset, pair_by: pairBy },
    name: `${dataName([one])}-${dataName([other])}`,
    paths: [...first.paths, ...second.paths],
    total: first.total,
    questions: swaps.length,
    items: () => pairs,
    judge: (judge, pair) => judgePair(judge, pair, swaps, preset === 'published'),
    take({ row, other: counterpart }, { outcome, orders, reason }) {
      totals.add(originOf(row, names), (total) => total.add(outcome, reason));
      orderTally.add(orders);
      if (outcome !== null && isUnparsable(reason)) unparsableTies++;
      return {
        ...row.key,
        pairwise: outcome,
        pairwise_orders: orders.map((order) => order.outcome),
        pairwise_index: counterpart?.key.index ?? null,
        reason,
      } satisfies PairVerdict;
    },
    summary: () => ({ ...pairs.shared, ...totals.values, ...orderTally.values, unparsableTies }),
  };
}

const isUnparsable = (reason: string | null): boolean => reason === 'unparsable' || reason === 'cut_off';

const none = (reason: string): PairResult => ({ outcome: null, orders: [], reason });

/** @param tieOfNonsense An answer that holds no verdict is a tie, and said to be none. */
async function judgePair(
  judge: Judge,
  { row, other }: Pair,
  swaps: readonly boolean[],
  tieOfNonsense: boolean,
): Promise<PairResult> {
  if (!row.seed.ok) return none(row.seed.reason);
  if (hasHistory(row)) return none('multi_turn');
  if (other === null || !other.seed.ok) return none('no_counterpart');
  const { id, instruction, input, response } = row.seed.variant;
  // Of rows that are paired by their ids.
  if (questionOf(other.seed.variant) !== questionOf(row.seed.variant)) return none('other_instruction');
  const against = other.seed.variant.response;
  if (response === null || against === null) return none('empty_response');
  const asked = swaps.map(async (swapped, sample) => {
    const [shownFirst, shownSecond] = swapped ? [against, response] : [response, against];
    const variables = { instruction, input, first: shownFirst, second: shownSecond };
    const question = { measure: 'pairwise', prompt: JUDGE_PAIR, variables, item: id, sample } as const;
    return orderVerdict(await askJudge<Preference>(judge, question), swapped);
  });
  const orders = await Promise.all(asked);
  const reason = orders.map(({ judged }) => judged.reason).find((one) => one !== null) ?? null;
  const isNonsense = isUnparsable(reason);
  return { outcome: tieOfNonsense && isNonsense ? 'tie' : agreedOutcome(orders), orders, reason };
}
