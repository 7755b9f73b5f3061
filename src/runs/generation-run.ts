import { DATASET_FILE, SCORED_FOLDER } from './run-data.js';
import { RunDirectory, type OpenRunOptions, type RunKind } from './run-directory.js';

type GenerationFile = 'journal' | 'lineage' | 'dataset' | 'losses' | 'methods' | 'scored';

/** A run that asks generators. Its journal is the only truth; all else is made anew by every start. */
export type GenerationRun = RunDirectory<GenerationFile>;

const GENERATION: RunKind<GenerationFile> = {
  files: {
    journal: 'journal.jsonl',
    lineage: 'lineage.jsonl',
    dataset: DATASET_FILE,
    losses: 'losses.jsonl',
    methods: 'methods',
    scored: SCORED_FOLDER,
  },
  work: 'journal',
};

/** What may differ from one start of such a run to the next, recorded for each. */
export interface GenerationStart {
  readonly paths: readonly string[];
  readonly generators: readonly string[];
  readonly limit: number | null;
  readonly rounds: number | null;
  readonly concurrency: number | null;
}

/** @throws EvosiftError as `RunDirectory.open`. */
export async function openGenerationRun(
  path: string,
  { start, ...options }: OpenRunOptions & { readonly start: GenerationStart },
): Promise<GenerationRun> {
  const run = await RunDirectory.open(path, GENERATION, options);
  try {
    await run.begin({ at: new Date().toISOString(), pid: process.pid, ...start });
    return run;
  } catch (error) {
    await run.close();
    throw error;
  }
}
