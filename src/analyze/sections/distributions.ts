import type { GroupKey } from '../groups.js';
import { MEASURES, MEASURE_NAMES, type ByMeasure } from '../measures.js';
import type { RowTable } from '../rows/row-table.js';
import { describeValues, type MeasureDistribution } from '../statistics/distribution.js';

/** How the measures of a run's rows, or of a group of them, are distributed; those that no row has are left out. */
export interface GroupDistributions {
  readonly run: string;
  /** Null of the whole run. */
  readonly group: GroupKey | null;
  readonly rows: number;
  readonly measures: ByMeasure<MeasureDistribution>;
}

/** The distributions of each run as a whole, then of its groups. */
export async function describeRuns(table: RowTable, runs: readonly string[]): Promise<GroupDistributions[]> {
  const described: GroupDistributions[] = [];
  for (const run of runs) {
    for (const group of [null, ...(await table.groups(run))]) described.push(await describeGroup(table, run, group));
  }
  return described;
}

async function describeGroup(table: RowTable, run: string, group: GroupKey | null): Promise<GroupDistributions> {
  const columns = await table.columns(MEASURE_NAMES, run, group);
  const measured = MEASURE_NAMES.map((name) => {
    const values = columns[name].filter((value) => !Number.isNaN(value));
    return [name, describeValues(values, MEASURES[name].bins)] as const;
  });
  return {
    run,
    group,
    rows: columns.lossA.length,
    measures: Object.fromEntries(measured.filter(([, { count }]) => count > 0)),
  };
}
