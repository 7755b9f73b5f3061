import type { GroupKey } from '../groups.js';
import { MEASURE_NAMES, type ByMeasure, type Measure, type MeasureName } from '../measures.js';
import type { RowTable } from '../rows/row-table.js';
import { describeValues, type Distribution } from '../../statistics/distribution.js';
import { histogram, type Histogram } from '../../statistics/histogram.js';

/** How a measure is distributed, by the bins of that measure. */
export interface MeasureDistribution extends Distribution {
  readonly histogram: Histogram;
}

/** How the measures of a run's rows, or of a group of them, are distributed; those that no row has are left out. */
export interface GroupDistributions {
  readonly run: string;
  /** Null of the whole run. */
  readonly group: GroupKey | null;
  readonly rows: number;
  readonly measures: ByMeasure<MeasureDistribution>;
}

/** The distributions of each run as a whole, then of its groups, by the bins of `measures`. */
export async function describeRuns(
  table: RowTable,
  runs: readonly string[],
  measures: Readonly<Record<MeasureName, Measure>>,
): Promise<GroupDistributions[]> {
  const described: GroupDistributions[] = [];
  for (const run of runs) {
    for (const group of [null, ...(await table.groups(run))]) {
      described.push(await describeGroup(table, run, group, measures));
    }
  }
  return described;
}

async function describeGroup(
  table: RowTable,
  run: string,
  group: GroupKey | null,
  measures: Readonly<Record<MeasureName, Measure>>,
): Promise<GroupDistributions> {
  const columns = await table.columns(MEASURE_NAMES, run, { group });
  const measured = MEASURE_NAMES.flatMap((name) => {
    const values = columns[name].filter((value) => !Number.isNaN(value));
    const described = describeValues(values);
    return described === null
      ? []
      : [[name, { ...described, histogram: histogram(values, measures[name].bins) }] as const];
  });
  return {
    run,
    group,
    rows: columns.lossA.length,
    measures: Object.fromEntries(measured),
  };
}
