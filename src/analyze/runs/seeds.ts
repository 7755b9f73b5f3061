import { createHash, hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import { canonicalJson, isRecord } from '../../base/json.js';
import { readLines } from '../../files/json-lines.js';
import { EVOLUTION_RUN, type GenerationStart } from '../../runs/generation-run.js';
import { readAnyManifest, RUN_FILES } from '../../runs/read-run.js';
import { DATASET_FILE, SFT_FILE } from '../../runs/run-data.js';

/** What a run made its rows of. */
export interface Seeds {
  /** What its manifest says: the data's bytes, and how much of them. */
  readonly data: string;
  /** An evolution's directory, whose lineage has the seeds themselves; null of other runs. */
  readonly lineage: string | null;
}

/** The seeds of the run whose rows a file holds; null of a file that no run made. */
export async function seedsBehind(path: string): Promise<Seeds | null> {
  const run = dirname(path);
  const isMade = [DATASET_FILE, SFT_FILE].includes(basename(path)) && existsSync(join(run, RUN_FILES.manifest));
  return isMade ? await seedsOf(run) : null;
}

/** The seeds of a run that made rows; null of any other. @throws EvosiftError `bad_data` where its manifest can't be read. */
export async function seedsOf(run: string): Promise<Seeds | null> {
  const { identity, starts } = await readAnyManifest<{ readonly kind?: string; readonly data?: unknown }>(run);
  if (identity.kind === undefined) return null;
  const start = starts.at(-1) as GenerationStart | undefined;
  const path = join(run, EVOLUTION_RUN.files.lineage);
  const lineage = identity.kind === 'evolve' && existsSync(path) ? path : null;
  return { data: canonicalJson([identity.data, start?.limit ?? null]), lineage };
}

/**
 * Whether two runs' seeds are the same rows, in whatever order and file. Where neither lineage tells, their data decide.
 *
 * @throws EvosiftError `bad_data` where a lineage is damaged.
 */
export async function areSameSeeds(one: Seeds, other: Seeds): Promise<boolean> {
  if (one.data === other.data) return true;
  if (one.lineage === null || other.lineage === null) return false;
  return (await contentOf(one.lineage)) === (await contentOf(other.lineage));
}

/** One hash over the texts of a lineage's seeds. */
async function contentOf(lineage: string): Promise<string> {
  const seeds: string[] = [];
  for await (const { bytes, line } of readLines(lineage)) {
    const { round, instruction, input, response } = parse(bytes.toString(), `${lineage} line ${line}`);
    if (round === 0) seeds.push(hash('sha256', JSON.stringify([instruction, input, response])));
  }
  const all = createHash('sha256');
  for (const seed of seeds.sort()) all.update(seed);
  return all.digest('hex');
}

function parse(text: string, where: string): Readonly<Record<string, unknown>> {
  try {
    const line: unknown = JSON.parse(text);
    if (isRecord(line)) return line;
  } catch {
    // Said below.
  }
  throw new EvosiftError('bad_data', `${where} is damaged; give the command that made the run again, which writes it anew`);
}
