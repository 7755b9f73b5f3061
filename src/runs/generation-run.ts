import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DATASET_FILE, SCORED_FOLDER } from './run-data.js';
import { RUN_FILES } from './read-run.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { lockRun, type RunLock } from './run-lock.js';
import { compatibleManifest, writeManifest } from './manifest.js';
import { PartFile } from '../files/part-file.js';
import { packageVersion } from '../base/package-version.js';

/** The files of a run that asks generators, those of every run aside. */
export const GENERATION_FILES = {
  journal: 'journal.jsonl',
  lineage: 'lineage.jsonl',
  dataset: DATASET_FILE,
  losses: 'losses.jsonl',
  methods: 'methods',
  scored: SCORED_FOLDER,
} as const;

/** What may differ from one start of such a run to the next, recorded for each. */
export interface GenerationStart {
  readonly paths: readonly string[];
  readonly generators: readonly string[];
  readonly limit: number | null;
  readonly rounds: number | null;
  readonly concurrency: number | null;
}

export interface OpenGenerationOptions {
  /** Its `kind` is the command's name. */
  readonly identity: { readonly kind: string };
  readonly start: GenerationStart;
  /** Start over: drop what an earlier run has left in the directory. */
  readonly force: boolean;
}

/**
 * A run that asks generators: a directory that one process at a time writes to. Its journal is the only truth; all else
 * is made anew by every start.
 */
export class GenerationRun implements AsyncDisposable {
  private constructor(
    readonly path: string,
    private readonly lock: RunLock,
  ) {}

  /**
   * Makes the directory or goes on in it.
   *
   * @throws EvosiftError `run_busy`, `run_mismatch` (the message says what differs), `bad_data`, `disk_full`.
   */
  static async open(path: string, { identity, start, force }: OpenGenerationOptions): Promise<GenerationRun> {
    const lock = await lockRun(path);
    try {
      if (force) await clear(path);
      const earlier = await compatibleManifest(path, identity, GENERATION_FILES.journal);
      const now = { at: new Date().toISOString(), pid: process.pid, ...start };
      const starts = [...(earlier?.starts ?? []), now];
      await writeManifest(path, { version: 1, program: `evosift ${packageVersion()}`, identity, starts });
      return new GenerationRun(path, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  file(name: keyof typeof GENERATION_FILES): string {
    return join(this.path, GENERATION_FILES[name]);
  }

  /** A file that is made anew. */
  async part(name: 'lineage' | 'dataset'): Promise<PartFile> {
    return PartFile.open(this.file(name));
  }

  /** Throws `run_busy` where the directory was taken over. */
  check(): Promise<void> {
    return this.lock.check();
  }

  async writeSummary(summary: object): Promise<void> {
    await writeFileAtomic(join(this.path, RUN_FILES.summary), `${JSON.stringify(summary, null, 2)}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lock.release();
  }
}

async function clear(path: string): Promise<void> {
  for (const name of [RUN_FILES.manifest, RUN_FILES.summary, ...Object.values(GENERATION_FILES)]) {
    await rm(join(path, name), { recursive: true, force: true });
  }
}
