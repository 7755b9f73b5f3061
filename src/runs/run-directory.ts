import { toSnakeCase } from '../base/snake-case.js';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packageVersion } from '../base/package-version.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { PartFile } from '../files/part-file.js';
import { compatibleManifest, writeManifest } from './manifest.js';
import { RUN_FILES } from './read-run.js';
import type { Manifest } from './run-identity.js';
import { lockRun, type RunLock } from './run-lock.js';

/** A kind of run: what its directory holds besides the files that every run has. */
export interface RunKind<Name extends string> {
  readonly files: Readonly<Record<Name, string>>;
  /** The file that it leaves its work in: without a manifest it is some unknown run's. */
  readonly work: Name;
}

export interface OpenRunOptions {
  /** What the run's outcome depends on: two starts in one directory must agree in all of it. */
  readonly identity: object;
  /** Start over: drop what an earlier run has left in the directory. */
  readonly force: boolean;
  /** The directory's lock, where it is held already; the run has it once it is open. */
  readonly lock?: RunLock | undefined;
}

/** A run's directory, which one process at a time writes to: its lock, its manifest with every start, its summary. */
export class RunDirectory<Name extends string> implements AsyncDisposable {
  #closed = false;

  private constructor(
    readonly path: string,
    private readonly kind: RunKind<Name>,
    private readonly lock: RunLock,
    private readonly identity: object,
    private readonly earlier: Manifest<object> | null,
  ) {}

  /**
   * Makes the directory or goes on in it.
   *
   * @throws EvosiftError `run_busy` where another process is at it; `run_mismatch` where it holds a run of another
   *   identity (the message says what differs); `bad_data` where its manifest is damaged; `bad_argument`, `disk_full`.
   */
  static async open<Name extends string>(
    path: string,
    kind: RunKind<Name>,
    { identity, force, lock: held }: OpenRunOptions,
  ): Promise<RunDirectory<Name>> {
    const lock = held ?? (await lockRun(path));
    try {
      const names = [RUN_FILES.manifest, RUN_FILES.summary, ...Object.values<string>(kind.files)];
      if (force) for (const name of names) await rm(join(path, name), { recursive: true, force: true });
      const earlier = await compatibleManifest(path, identity, kind.files[kind.work]);
      return new RunDirectory(path, kind, lock, identity, earlier);
    } catch (error) {
      if (held === undefined) await lock.release();
      throw error;
    }
  }

  /** Adds a start to the manifest; durable when it resolves. */
  async begin(start: object): Promise<void> {
    const { identity, earlier } = this;
    const starts = [...(earlier?.starts ?? []), start];
    await writeManifest(this.path, { version: 1, program: `evosift ${packageVersion()}`, identity, starts });
  }

  file(name: Name): string {
    return join(this.path, this.kind.files[name]);
  }

  /** A file that is made anew. */
  part(name: Name): Promise<PartFile> {
    return PartFile.open(this.file(name), { sole: true });
  }

  /** Throws `run_busy` where the directory was taken over. */
  check(): Promise<void> {
    return this.lock.check();
  }

  /** Writes `summary.json`, in snake_case. */
  async writeSummary(summary: object): Promise<void> {
    await writeFileAtomic(join(this.path, RUN_FILES.summary), `${JSON.stringify(toSnakeCase(summary), null, 2)}\n`);
  }

  /** Frees the directory for others. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.lock.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
