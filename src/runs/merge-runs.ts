import { EvosiftError } from '../base/errors.js';
import { readManifest, readScores, readSummary, type RunReport } from './read-run.js';
import { ScoredRun } from './scored-run.js';
import type { NewStart, RunIdentity, RunManifest, RunTimings, Shard } from './run-identity.js';
import { identityDifferences } from './compare-identity.js';
import type { ScoreLine } from './score-line.js';

const LINES_PER_COMMIT = 4096;

interface ShardRun {
  readonly path: string;
  readonly manifest: RunManifest;
  readonly shard: Shard;
  readonly report: RunReport;
}

export interface MergeOptions {
  readonly force?: boolean;
}

/**
 * Joins the shards of one run into the run directory `out`, which then equals the run without `--shard`. Returns its
 * summary. Throws `run_mismatch` where the runs are not shards of one run, `bad_data` where a shard is missing, given
 * twice or not complete.
 */
export async function mergeRuns(runs: readonly string[], out: string, options: MergeOptions = {}): Promise<RunReport> {
  const shards = (await Promise.all(runs.map(readShard))).sort((a, b) => a.shard.index - b.shard.index);
  const identity = sharedIdentity(shards);
  const merged = await ScoredRun.open(out, { ...options, identity, start: mergedStart(shards) });
  try {
    await copyLines(shards, merged);
    const timings = addTimings(shards, merged.rows);
    await merged.writeSummary(timings, true);
    return { ...merged.summary, ...timings, complete: true };
  } finally {
    await merged.close();
  }
}

async function readShard(path: string): Promise<ShardRun> {
  const [manifest, report] = await Promise.all([readManifest(path), readSummary(path)]);
  const { shard } = manifest.identity;
  if (shard === null) throw new EvosiftError('run_mismatch', `${path} is no shard: it holds a whole run`);
  if (report?.complete === true) return { path, manifest, shard, report };
  throw new EvosiftError('bad_data', `${path} is not complete; give its command again, then merge`);
}

/** The identity of the whole run. */
function sharedIdentity(shards: readonly ShardRun[]): RunIdentity {
  // A shard of an earlier version does not say its step, and so agrees with any: it is no measure for the others.
  const first = shards.find(({ manifest }) => manifest.identity.step_tokens !== undefined) ?? shards[0];
  if (first === undefined) throw new EvosiftError('bad_argument', 'no runs to merge: name the run of each shard');
  const whole = (run: ShardRun): RunIdentity => {
    const { identity } = run.manifest;
    return { ...identity, data: { ...identity.data, rows: null }, shard: null };
  };
  const { count } = first.shard;
  for (const run of shards) {
    const [difference] = identityDifferences(whole(first), whole(run));
    if (difference !== undefined || run.shard.count !== count) {
      const what = difference ?? `shard is of ${count} there and of ${run.shard.count} here`;
      throw new EvosiftError('run_mismatch', `${first.path} and ${run.path} are not shards of one run: ${what}`);
    }
  }
  for (let index = 1; index <= count; index++) {
    const found = shards.filter(({ shard }) => shard.index === index);
    if (found.length === 1) continue;
    const what = found.length === 0 ? 'is missing' : `is given ${found.length} times`;
    throw new EvosiftError('bad_data', `shard ${index}/${count} ${what}; name the run of each shard once`);
  }
  return whole(first);
}

function mergedStart(shards: readonly ShardRun[]): NewStart {
  const starts = shards.flatMap(({ manifest }) => manifest.starts);
  return {
    paths: [...new Set(starts.flatMap(({ paths }) => paths))],
    model: starts[0]?.model ?? '',
    device: starts[0]?.device ?? '',
    threads: Math.max(...starts.map(({ threads }) => threads)),
    batch_tokens: shared(starts.map(({ batch_tokens }) => batch_tokens)),
    limit: null,
  };
}

/** The value that all agree in, or null. */
function shared<T>(values: readonly T[]): T | null {
  return new Set(values).size === 1 ? (values[0] ?? null) : null;
}

/** Writes all lines, those aside that a merge which was killed has left there. */
async function copyLines(shards: readonly ShardRun[], merged: ScoredRun): Promise<void> {
  const done = merged.lastIndex ?? -1;
  let window: ScoreLine[] = [];
  let previous = -1;
  for (const { path, report } of shards) {
    let rows = 0;
    for await (const line of readScores(path)) {
      if (line.index !== previous) {
        if (line.index < previous) throw new EvosiftError('bad_data', `${path}: row ${line.index} is in two shards`);
        rows++;
        if (window.length >= LINES_PER_COMMIT) {
          await merged.commit(window);
          window = [];
        }
      }
      previous = line.index;
      if (line.index > done) window.push(line);
    }
    if (rows !== report.rows) {
      const text = `${path}: ${rows} rows have scores, its summary speaks of ${report.rows}; give its command again`;
      throw new EvosiftError('bad_data', text);
    }
  }
  await merged.commit(window);
}

/** The work of all shards, as if done one after another. */
function addTimings(shards: readonly ShardRun[], rows: number): RunTimings {
  const stages: Record<string, number> = {};
  let seconds = 0;
  let tokens = 0;
  for (const { report } of shards) {
    seconds += report.seconds ?? 0;
    tokens += report.tokens;
    for (const [stage, time] of Object.entries(report.stages ?? {})) stages[stage] = (stages[stage] ?? 0) + time;
  }
  const rate = (work: number): number => (seconds > 0 ? work / seconds : 0);
  return { seconds, rowsS: rate(rows), tokensS: rate(tokens), stages };
}
