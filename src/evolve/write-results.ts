import type { EvosiftError } from '../base/errors.js';
import { mapInOrder } from '../async/map-in-order.js';
import { datasetRow, seedRow } from './dataset.js';
import { seedLine } from './lineage.js';
import { abortOf } from '../async/abort.js';
import { EvolutionTotals } from './summary.js';
import type { EvolutionPlan } from './evolution-plan.js';
import type { GenerationRun } from '../runs/generation-run.js';
import { windowOf } from '../ask/open-fleet.js';
import type { RunningReport } from '../ask/progress.js';
import type { SeedEvolver, SeedResult } from './evolve-seeds.js';

/** What was written of an evolution. */
export interface WrittenResults {
  /** Of `dataset.jsonl`. */
  readonly rows: number;
  readonly totals: EvolutionTotals;
  /** What ended the run before its end; null where nothing did. */
  readonly stopped: EvosiftError | null;
}

/**
 * Takes the seeds through their chains and writes `lineage.jsonl` and `dataset.jsonl`, in the seeds' order; at a stop
 * with what is done.
 *
 * @throws EvosiftError as `SeedEvolver.evolve`; `run_busy`, `disk_full`. Then earlier files stay.
 */
export async function writeResults(
  run: GenerationRun<'lineage' | 'dataset'>,
  evolver: SeedEvolver,
  { seeds, settings }: EvolutionPlan,
  report: RunningReport,
): Promise<WrittenResults> {
  await using lineage = await run.part('lineage');
  await using dataset = await run.part('dataset');
  const totals = new EvolutionTotals();
  const end: { stopped: EvosiftError | null } = { stopped: null };
  let rows = 0;
  const source = seeds.until(() => end.stopped !== null);
  for await (const result of mapInOrder(source, windowOf(settings), ({ seed }) => evolver.evolve(seed))) {
    for (const line of linesOf(result)) {
      totals.add(line);
      await lineage.write(`${JSON.stringify(line)}\n`);
    }
    for (const row of rowsOf(result, settings.withSeeds)) {
      rows++;
      await dataset.write(`${JSON.stringify(row)}\n`);
    }
    end.stopped ??= result.stopped;
    report.rows++;
  }
  await run.check();
  await lineage.finish();
  await dataset.finish();
  return { rows, totals, stopped: end.stopped ?? abortOf(settings.signal) };
}

const linesOf = ({ seed, scores, chains }: SeedResult) => [
  seedLine(seed, scores),
  ...chains.flatMap(({ lines }) => lines),
];

function rowsOf({ seed, scores, chains }: SeedResult, withSeeds: boolean) {
  const evolved = chains.flatMap(({ survivors }) => survivors.map(datasetRow));
  return withSeeds && seed.ok ? [seedRow(seed.variant, scores), ...evolved] : evolved;
}
