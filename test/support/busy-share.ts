import { performance } from 'node:perf_hooks';

/**
 * The share of `work`'s time in which this thread's event loop was busy: near 0 where others do the work, near 1 where this
 * thread does. A slow minute stretches both.
 */
export async function busyShare(work: () => Promise<unknown>): Promise<number> {
  const before = performance.eventLoopUtilization();
  await work();
  return performance.eventLoopUtilization(before).utilization;
}
