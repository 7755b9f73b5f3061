import type { RowLayout } from '../../rows/row-layout.js';
import type { RankPlan } from '../plan.js';
import type { RankedRun } from '../ranked-rows.js';
import type { ByDistances } from '../selection.js';
import type { Candidates } from './candidates.js';
import { chooseDiverse, leaveOutNear } from './diversify.js';

/** What a plan selects by the distances between rows; null where it does not. */
export function byDistances(run: RankedRun, plan: RankPlan, layout: RowLayout): ByDistances | null {
  const { diversity } = plan;
  if (diversity === null) return null;
  let left: Candidates | null = null;
  return {
    async leaveOut(eligible) {
      left = await leaveOutNear(run, plan, diversity, eligible, layout);
    },
    ...(diversity.diverse !== null && {
      async choose(count: number) {
        if (left !== null) await chooseDiverse(run.connection, left, count, plan, diversity);
      },
    }),
  };
}
