import { basename, resolve } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import { openSubject, type Subject } from '../../rank/subject.js';
import type { GenerationStart } from '../../runs/generation-run.js';
import { readAnyManifest } from '../../runs/read-run.js';
import { scoredRun } from '../../runs/run-data.js';
import type { RunIdentity, RunManifest } from '../../runs/run-identity.js';
import { seedsBehind, seedsOf, type Seeds } from './seeds.js';

/** The kinds of run that can be analysed: rows that were scored, or made and scored. */
export type RunKindName = 'score' | 'evolve' | 'respond' | 'autoif';

/** A run that made the rows that were scored. */
export interface Generation {
  readonly kind: Exclude<RunKindName, 'score'>;
  /** What its last start said. */
  readonly start: GenerationStart | null;
}

/** A run, opened for its scores and the rows that they are about. */
export interface AnalyzedRun {
  /** What it is called in the analysis: its directory's name, or the path where two have one name. */
  readonly name: string;
  readonly path: string;
  /** Null of rows that were scored as they came. */
  readonly generation: Generation | null;
  /** What the rows were made of, by this run or by those whose rows it scored; empty of rows that came from elsewhere. */
  readonly seeds: readonly Seeds[];
  /** The directory with its scores. */
  readonly scored: string;
  /** What its scores depend on. */
  readonly identity: RunIdentity;
  readonly subject: Subject;
}

/**
 * Opens runs, in their order.
 *
 * @throws EvosiftError `bad_data` where a directory is no run or has no scores, `run_mismatch` where its data changed since,
 *   `bad_argument` where one run is named twice.
 */
export async function openRuns(paths: readonly string[], signal?: AbortSignal): Promise<AnalyzedRun[]> {
  const twice = paths.find((path, place) => paths.findIndex((other) => resolve(other) === resolve(path)) < place);
  if (twice !== undefined) {
    throw new EvosiftError('bad_argument', `analyze: ${twice} is named twice`, { option: 'runs' });
  }
  const names = paths.map((path) => basename(resolve(path)));
  const isShared = (name: string): boolean => names.indexOf(name) !== names.lastIndexOf(name);
  const runs: AnalyzedRun[] = [];
  for (const [place, path] of paths.entries()) {
    const name = names[place] ?? path;
    runs.push(await openRun(path, isShared(name) ? path : name, signal));
  }
  return runs;
}

async function openRun(path: string, name: string, signal: AbortSignal | undefined): Promise<AnalyzedRun> {
  const outer = await readAnyManifest<{ readonly kind?: Generation['kind']; }>(path);
  const { kind } = outer.identity;
  const start = (outer.starts.at(-1) ?? null) as GenerationStart | null;
  const generation = kind === undefined ? null : { kind, start };
  const scored = scoredRun(path);
  if (generation !== null && scored === path) {
    throw new EvosiftError(
      'bad_data',
      `${path} holds no scores: score the rows that it made (evosift score ${path} -m MODEL -o DIR) and name that run`,
    );
  }
  const manifest = generation === null ? outer : await readAnyManifest<RunIdentity>(scored);
  const { identity } = manifest as RunManifest;
  const opened = await openSubject({ run: scored, kept: null, out: null, rest: null, signal });
  // A row that lacks the settled columns was read by its own.
  const layout = { ...opened.layout, loose: true, answer: identity.answer ?? undefined };
  const behind = generation === null ? await Promise.all(opened.paths.map(seedsBehind)) : [await seedsOf(path)];
  const seeds = behind.filter((one) => one !== null);
  return { name, path, generation, seeds, scored, identity, subject: { ...opened, layout } };
}
