import { join } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import { LogIndex } from '../files/log-index.js';
import { identityDifferences } from './compare-identity.js';
import { readManifest, RUN_FILES } from './read-run.js';
import type { RunIdentity } from './run-identity.js';
import { SCORES_BY_CONTENT } from './score-file.js';
import type { ScoreLine } from './score-line.js';

/** What the score of a given content does not depend on. */
const DATA_FIELDS = ['data', 'format', 'columns', 'answer', 'shard'] as const;

/** Scores that need not be computed again. */
export interface KnownScores {
  /** The lines of a row of this content (several where each turn has its own), or null. */
  find(hash: string): Promise<readonly ScoreLine[] | null>;
}

/**
 * The scores of an earlier run by content hash, for `--reuse`.
 *
 * @throws EvosiftError `bad_data` where `run` is no run, `run_mismatch` where its scores were made otherwise than
 *   `identity` says (data, format and columns aside).
 */
export async function openReusedScores(run: string, identity: RunIdentity): Promise<LogIndex<ScoreLine>> {
  const manifest = await readManifest(run);
  const differences = identityDifferences(manifest.identity, identity, DATA_FIELDS);
  if (differences.length > 0) {
    const text = `\`reuse\` ${run}: its scores were made otherwise: ${differences.slice(0, 3).join('; ')}`;
    throw new EvosiftError('run_mismatch', text, { option: 'reuse' });
  }
  return await LogIndex.read(join(run, RUN_FILES.scores), SCORES_BY_CONTENT);
}
