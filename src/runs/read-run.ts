import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../base/json.js';
import { toCamelCase } from '../base/snake-case.js';
import { EvosiftError } from '../base/errors.js';
import { systemCode } from '../base/system-error.js';
import { unreadable } from '../base/file-error.js';
import type { Manifest, RunManifest, RunTimings } from './run-identity.js';
import type { RunSummary } from './run-totals.js';
import { readScoreLines } from './score-file.js';
import type { ScoreLine } from './score-line.js';

/** The files of a run directory. */
export const RUN_FILES = {
  manifest: 'manifest.json',
  scores: 'scores.jsonl',
  summary: 'summary.json',
  log: 'log.jsonl',
  lock: 'lock',
} as const;

/** `summary.json`, whose fields are in snake_case there. */
export type RunReport = RunSummary & Partial<RunTimings> & { readonly complete: boolean };

/** The manifest of a scored run. Throws `bad_data` where `run` is no such run's directory. */
export async function readManifest(run: string): Promise<RunManifest> {
  const manifest = await readAnyManifest<RunManifest['identity'] & { readonly kind?: unknown }>(run);
  if (manifest.identity.kind === undefined) return manifest as RunManifest;
  throw new EvosiftError(
    'bad_data',
    `${run} holds no scores: it is a run of \`evosift ${String(manifest.identity.kind)}\``,
  );
}

/** The manifest of a run of any kind. Throws `bad_data` where `run` is no run directory. */
export async function readAnyManifest<Identity extends object>(run: string): Promise<Manifest<Identity>> {
  const manifest = await readJson(join(run, RUN_FILES.manifest));
  if (manifest === null) throw new EvosiftError('bad_data', `${run} is no run: it holds no ${RUN_FILES.manifest}`);
  if (!isRecord(manifest) || !isRecord(manifest['identity']) || !Array.isArray(manifest['starts'])) {
    throw new EvosiftError('bad_data', `${join(run, RUN_FILES.manifest)} is damaged; start the run over with \`force\``);
  }
  if (manifest['version'] !== 1) {
    const text = `${join(run, RUN_FILES.manifest)} has version ${String(manifest['version'])}, this program reads 1`;
    throw new EvosiftError('bad_data', text);
  }
  return manifest as unknown as Manifest<Identity>;
}

/** The summary of a run's last start that came to an end; null where none has. */
export async function readSummary(run: string): Promise<RunReport | null> {
  return toCamelCase(await readJson(join(run, RUN_FILES.summary))) as RunReport | null;
}

/**
 * The score lines of a run, in input order, as a stream; a line that is being written is left out.
 * Throws `bad_data` where `run` has no scores, or a line of them is damaged.
 */
export async function* readScores(run: string): AsyncGenerator<ScoreLine> {
  for await (const { line } of readScoreLines(join(run, RUN_FILES.scores))) yield line;
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw unreadable(path, error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EvosiftError('bad_data', `${path} is not valid JSON`, { cause: error });
  }
}
