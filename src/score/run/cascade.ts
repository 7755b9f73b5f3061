import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { readManifest, readScores, readSummary, RUN_FILES } from '../../runs/read-run.js';
import type { RunManifest } from '../../runs/run-identity.js';
import { EvosiftError } from '../../base/errors.js';
import { ranksBy } from '../recipes/index.js';
import { parseShare, shareOf } from '../../runs/share.js';

/** The rows that a cascade scores again. */
export interface Cascade {
  readonly manifest: RunManifest;
  /** Hex sha-256 of the earlier run's scores: what the choice of rows depends on. */
  readonly scores: string;
  readonly indexes: ReadonlySet<number>;
}

/** As a score line has them. */
const FIELDS = { ic_ifd: 'icIfd', ifd: 'ifd', ifd_ppl: 'ifdPpl' } as const;

/**
 * Chooses the best share of a run's scored rows by what its recipe ranks by; ties go to the earlier row. A row of several lines counts
 * by its best.
 *
 * @throws EvosiftError `bad_argument` for a share that is none; `bad_data` where `run` is no run or not finished.
 */
export async function chooseBest(run: string, top: string): Promise<Cascade> {
  const share = parseShare(top, '`top`');
  const manifest = await readManifest(run);
  const summary = await readSummary(run);
  if (summary?.complete !== true) {
    throw new EvosiftError('bad_data', `${run} is not finished, so its best rows are not known; finish it first.`);
  }
  const best = new Map<number, number>();
  const field = FIELDS[ranksBy(manifest.identity.recipe)];
  for await (const { index, [field]: score = null } of readScores(run)) {
    if (score !== null) best.set(index, Math.max(score, best.get(index) ?? -Infinity));
  }
  const ordered = [...best].sort(([a, scoreA], [b, scoreB]) => scoreB - scoreA || a - b);
  const indexes = new Set(ordered.slice(0, shareOf(share, ordered.length)).map(([index]) => index));
  if (indexes.size === 0) throw new EvosiftError('bad_data', `${run} has no scored row to choose from.`);
  return { manifest, scores: await hashOf(join(run, RUN_FILES.scores)), indexes };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
