import { DATASET_FILE, SCORED_FOLDER, SFT_FILE } from './run-data.js';
import { RunDirectory, type OpenRunOptions, type RunKind } from './run-directory.js';

/** A run that asks generators. Its journal is the only truth; all else is made anew by every start. */
export type GenerationRun<Name extends string> = Pick<
  RunDirectory<Name>,
  'path' | 'file' | 'part' | 'check' | 'writeSummary'
>;

export type EvolutionFile = 'journal' | 'lineage' | 'dataset' | 'losses' | 'methods' | 'scored';

/** Evolutions and answered rows: a dataset comes of them. */
export const EVOLUTION_RUN: RunKind<EvolutionFile> = {
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

export type AutoifFile =
  | 'journal'
  | 'verdicts'
  | 'constraints'
  | 'functions'
  | 'verifiers'
  | 'queries'
  | 'pairs'
  | 'responses'
  | 'sft'
  | 'dpo'
  | 'losses'
  | 'scored';

/** Instructions that code can verify; of these runs what the sandbox said is a truth, too. */
export const AUTOIF_RUN: RunKind<AutoifFile> = {
  files: {
    journal: 'journal.jsonl',
    verdicts: 'verdicts.jsonl',
    constraints: 'constraints.jsonl',
    functions: 'functions.jsonl',
    verifiers: 'verifiers.jsonl',
    queries: 'queries.jsonl',
    pairs: 'pairs.jsonl',
    responses: 'responses.jsonl',
    sft: SFT_FILE,
    dpo: 'dpo.jsonl',
    losses: 'losses.jsonl',
    scored: SCORED_FOLDER,
  },
  work: 'journal',
};

export type JudgeFile = 'journal' | 'verdicts';

/** What a generator says of rows, pairs of answers or methods. */
export const JUDGE_RUN: RunKind<JudgeFile> = {
  files: { journal: 'journal.jsonl', verdicts: 'verdicts.jsonl' },
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
export async function openGenerationRun<Name extends string>(
  path: string,
  kind: RunKind<Name>,
  { start, ...options }: OpenRunOptions & { readonly start: GenerationStart },
): Promise<RunDirectory<Name>> {
  const run = await RunDirectory.open(path, kind, options);
  try {
    await run.begin({ at: new Date().toISOString(), pid: process.pid, ...start });
    return run;
  } catch (error) {
    await run.close();
    throw error;
  }
}
