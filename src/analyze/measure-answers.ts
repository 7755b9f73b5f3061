import { join } from 'node:path';
import type { Reporting } from '../async/reporting-task.js';
import { lockRun } from '../runs/run-lock.js';
import { loadScorer } from '../score/load-scorer.js';
import type { MeasureName } from './measures.js';
import type { AnalyzeProgress } from './options.js';
import { OUTPUT_SPACE_FOLDER } from './output-directory.js';
import { modelOptions, type AnalyzePlan } from './plan.js';
import {
  measureOutputSpace,
  type AnswerStatistics,
  type OutputSpace,
  type OutputSpaceOptions,
} from './output-space/index.js';
import type { RowTable } from './rows/row-table.js';
import type { AnalyzedRun } from './runs/open-run.js';

/** A run's output space. */
export interface RunOutputSpace extends OutputSpace {
  readonly run: string;
}

/** What an answer of a stage made of its row, and the measures that are its means. */
const STAGES: Readonly<Record<string, { readonly top1: MeasureName; readonly entropy: MeasureName }>> = {
  evolve: { top1: 'instructionTop1', entropy: 'instructionEntropy' },
  respond: { top1: 'responseTop1', entropy: 'responseEntropy' },
};

/** Runs of which the answer that made a row is known: it has the row's id, and is the last that has. */
const HAVE_ROWS: readonly string[] = ['evolve', 'respond'];

/**
 * Measures the output space of the answers in each run's journal, and sets the means of those that made a row; null where it is
 * not asked for.
 *
 * @throws EvosiftError as `measureOutputSpace` and `loadScorer`; `run_busy` where another process measures for the same analysis.
 */
export async function measureAnswers(
  runs: readonly AnalyzedRun[],
  table: RowTable,
  plan: AnalyzePlan,
  told: Reporting<AnalyzeProgress>,
): Promise<RunOutputSpace[] | null> {
  if (!plan.outputSpace) return null;
  if (plan.logprobs) return await measureRuns(runs, table, plan, { logprobs: true }, told);
  const { signal, logger } = told;
  const folder = join(plan.out, OUTPUT_SPACE_FOLDER);
  const lock = await lockRun(folder);
  try {
    await using scorer = await loadScorer({ ...modelOptions(plan), ...(signal && { signal }), logger });
    // One file for all runs: a measurement is found by its model, prompt and answer.
    return await measureRuns(runs, table, plan, { scorer, kept: join(folder, 'measurements.jsonl') }, told);
  } finally {
    await lock.release();
  }
}

async function measureRuns(
  runs: readonly AnalyzedRun[],
  table: RowTable,
  { positions, generator, templateKwargs }: AnalyzePlan,
  source: Pick<OutputSpaceOptions, 'scorer' | 'kept' | 'logprobs'>,
  { signal, logger, onProgress }: Reporting<AnalyzeProgress>,
): Promise<RunOutputSpace[]> {
  const spaces: RunOutputSpace[] = [];
  for (const run of runs) {
    const answers = new RowAnswers();
    const space = await measureOutputSpace(run.path, {
      ...source,
      positions,
      ...(generator !== undefined && { generator }),
      ...(templateKwargs !== undefined && { templateKwargs }),
      ...(signal && { signal }),
      logger,
      onAnswer: (answer) => answers.add(answer),
      onProgress: ({ answers: rows }) => onProgress({ stage: 'output space', rows }),
    });
    spaces.push({ run: run.name, ...space });
    if (HAVE_ROWS.includes(run.generation?.kind ?? '')) await answers.fill(table, run.name);
  }
  return spaces;
}

/** The means of the answers that made rows, by measure and the row's id. */
class RowAnswers {
  readonly #values = new Map<MeasureName, Map<string, number>>();

  add({ stage, item, top1, entropy }: AnswerStatistics): void {
    const measures = STAGES[stage];
    if (measures === undefined) return;
    this.#set(measures.top1, item, top1);
    this.#set(measures.entropy, item, entropy);
  }

  #set(name: MeasureName, item: string, value: number | null): void {
    const values = this.#values.get(name) ?? new Map<string, number>();
    this.#values.set(name, values.set(item, value ?? NaN));
  }

  async fill(table: RowTable, run: string): Promise<void> {
    const keys = await table.keys(run);
    for (const [name, values] of this.#values) {
      await table.fill(
        name,
        keys.map(({ place, id }) => [place, values.get(id ?? '') ?? NaN]),
      );
    }
  }
}
