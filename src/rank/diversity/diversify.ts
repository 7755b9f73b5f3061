import type { DuckDBConnection } from '@duckdb/node-api';
import { EvosiftError } from '../../base/errors.js';
import { clusterVectors, nearDuplicates, selectDiverse, type NeighborOptions } from '../../neighbors/index.js';
import type { RowLayout } from '../../rows/row-layout.js';
import type { RankPlan } from '../plan.js';
import type { RankedRun } from '../ranked-rows.js';
import { firstOf, readCandidates, someOf, type Candidates } from './candidates.js';
import { DistanceTable } from './distance-table.js';
import type { DiversityPlan } from './diversity-plan.js';
import { vectorsOf } from './run-vectors.js';

/**
 * Leaves rows out by their distances: fills table `distances` (unit, left_out, near_duplicate_of, cluster), and returns what
 * is left, best first. First those go that lie within the distance of a better one that stays, then in each cluster of the
 * others all but its best.
 *
 * @param eligible SQL for the units that may be selected, in order.
 */
export async function leaveOutNear(
  run: RankedRun,
  plan: RankPlan,
  diversity: DiversityPlan,
  eligible: string,
  layout: RowLayout,
): Promise<Candidates> {
  const found = await vectorsOf(run, plan, diversity, layout);
  const candidates = await readCandidates(run, eligible, found);
  if (diversity.metric === 'cosine') refuseZeros(candidates);
  const table = await DistanceTable.create(run.connection);
  for (const unit of candidates.without) table.append(unit, 'no_embedding');
  const left = await withoutQuota(await withoutDuplicates(candidates, plan, diversity, table), plan, diversity, table);
  table.finish();
  return left;
}

/**
 * Chooses `count` of the best rows for their distances from each other: tables `pool`, those that could be chosen, and
 * `chosen` (unit).
 */
export async function chooseDiverse(
  connection: DuckDBConnection,
  candidates: Candidates,
  count: number,
  plan: RankPlan,
  { diverse, metric }: DiversityPlan,
): Promise<void> {
  const size = Math.min(candidates.units.length, Math.ceil(count * (diverse?.pool ?? 1)));
  const { units, vectors } = firstOf(candidates, size);
  await unitTable(connection, 'pool', units);
  if (size <= count || diverse === null) return unitTable(connection, 'chosen', units);
  const method = diverse.method === 'farthest' ? 'farthest_point' : 'facility_location';
  const chosen = await selectDiverse(vectors, { count, method, metric, ...askedOf(plan) });
  await unitTable(
    connection,
    'chosen',
    chosen.map((place) => units[place] ?? -1),
  );
}

async function unitTable(connection: DuckDBConnection, name: string, units: Int32Array): Promise<void> {
  await connection.run(`CREATE TABLE ${name} (unit INTEGER)`);
  const appender = await connection.createAppender(name);
  for (const unit of units) {
    appender.appendInteger(unit);
    appender.endRow();
  }
  appender.closeSync();
}

async function withoutDuplicates(
  candidates: Candidates,
  plan: RankPlan,
  { nearDuplicates: distance, metric }: DiversityPlan,
  table: DistanceTable,
): Promise<Candidates> {
  const { units, indexes, vectors } = candidates;
  if (distance === null || units.length === 0) return candidates;
  const repeats = await nearDuplicates(vectors, { distance, metric, ...askedOf(plan) });
  const kept: number[] = [];
  for (const [place, of] of repeats.entries()) {
    if (of < 0) kept.push(place);
    else table.append(units[place] ?? -1, 'near_duplicate', { of: indexes[of] ?? -1 });
  }
  return someOf(candidates, kept);
}

async function withoutQuota(
  candidates: Candidates,
  plan: RankPlan,
  { clusters }: DiversityPlan,
  table: DistanceTable,
): Promise<Candidates> {
  const { units, vectors } = candidates;
  if (clusters === null || units.length === 0) return candidates;
  const { count, most, seed } = clusters;
  const { labels } = await clusterVectors(vectors, {
    clusters: Math.min(count, units.length),
    seed,
    ...askedOf(plan),
  });
  const given = new Map<number, number>();
  const kept: number[] = [];
  for (const [place, cluster] of labels.entries()) {
    const before = given.get(cluster) ?? 0;
    given.set(cluster, before + 1);
    if (before < most) kept.push(place);
    table.append(units[place] ?? -1, before < most ? null : 'cluster_quota', { cluster });
  }
  return someOf(candidates, kept);
}

/** Throws `bad_data` where a vector has no direction. */
function refuseZeros({ indexes, vectors: { values, dimension } }: Candidates): void {
  for (const [place, index] of indexes.entries()) {
    if (values.subarray(place * dimension, (place + 1) * dimension).some((value) => value !== 0)) continue;
    throw new EvosiftError(
      'bad_data',
      `rank: the vector of row ${index} is all zeros, which have no cosine; take \`metric\` squared_l2`,
      { option: 'metric' },
    );
  }
}

const askedOf = ({ signal }: RankPlan): NeighborOptions => (signal === undefined ? {} : { signal });
