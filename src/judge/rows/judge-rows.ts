import { seedIdentity } from '../../ask/identity.js';
import { SeedSource, type SeedRow } from '../../ask/seeds.js';
import { Counts } from '../../base/counts.js';
import type { ReasonCode } from '../../rows/example.js';
import { dataName } from '../../runs/run-name.js';
import { askJudge, type Judged } from '../run/ask-judge.js';
import type { JudgeTask } from '../run/judge-task.js';
import type { JudgeSettings } from '../run/options.js';
import { ByOrigin, fileNames, originOf, type Grouping } from './origin.js';
import type { RowMeasure } from './row-measure.js';
import { RowTally, type RowCounts } from './row-tally.js';

/** What a summary says of judged rows, in all and by where they come from. */
export type RowsSummary<Values extends object> = RowCounts &
  Values &
  Partial<Readonly<Record<Grouping, Readonly<Record<string, RowCounts & Values>>>>> & {
    /** Rows of which only the last question is judged, by what is left out; absent where there are none. */
    readonly ignored?: Readonly<Record<string, number>>;
  };

/** A line of verdicts, keyed as `scores.jsonl` is. */
export type RowVerdict<Fields extends object> = SeedRow['key'] & Fields & { readonly reason: string | null };

/** A verdict, or why there is none: also where the row can't be read. */
type RowJudged<Value> = Judged<Value> | { readonly value: null; readonly reason: ReasonCode };

/**
 * Judges the instructions of rows, each by itself; their answers are not looked at.
 *
 * @throws EvosiftError `bad_data`, `bad_argument`.
 */
export async function openRows<Value, Fields extends object, Values extends object>(
  settings: JudgeSettings,
  { measure, prompt, fields, tally }: RowMeasure<Value, Fields, Values>,
): Promise<JudgeTask<SeedRow, RowJudged<Value>, RowsSummary<Values>>> {
  const rows = await SeedSource.open(settings);
  const names = fileNames(rows.paths);
  const totals = new ByOrigin(
    () => new RowTally(tally()),
    ({ values }) => values,
  );
  const ignored = new Counts();
  return {
    measure,
    prompt,
    identity: seedIdentity(rows),
    name: dataName(settings.data),
    paths: rows.paths,
    total: rows.total,
    questions: 1,
    items: () => rows,
    async judge(judge, { seed }) {
      if (!seed.ok) return { value: null, reason: seed.reason };
      const { id, instruction, input } = seed.variant;
      return await askJudge<Value>(judge, { measure, prompt, variables: { instruction, input }, item: id });
    },
    take(row, { value, reason }) {
      if (row.seed.ok) for (const one of row.seed.ignored) ignored.add(one);
      totals.add(originOf(row, names), (total) => total.add(value, reason));
      return { ...row.key, ...fields(value), reason } satisfies RowVerdict<Fields>;
    },
    summary: () => ({
      ...totals.values,
      ...(Object.keys(ignored.values).length > 0 && { ignored: ignored.values }),
    }),
  };
}
