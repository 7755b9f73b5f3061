import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import { readAnyManifest, RUN_FILES } from './read-run.js';
import type { Manifest } from './run-identity.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { identityDifferences } from './compare-identity.js';

/**
 * The manifest of the run in a directory, or null where there is none yet.
 *
 * @param work The file that a run leaves its work in: without a manifest it is some unknown run's.
 * @throws EvosiftError `run_mismatch` where the run is of another identity; the message says what differs.
 */
export async function compatibleManifest<Identity extends object>(
  path: string,
  identity: Identity,
  work: string,
): Promise<Manifest<Identity> | null> {
  if (!existsSync(join(path, RUN_FILES.manifest))) {
    if (!existsSync(join(path, work))) return null;
    const text = `${path} holds ${work.replace('.jsonl', '')} of an unknown run; give another \`out\`, or \`force\` to start over`;
    throw new EvosiftError('run_mismatch', text, { option: 'out' });
  }
  const manifest = await readAnyManifest<Identity>(path);
  const differences = identityDifferences(manifest.identity, identity);
  if (differences.length === 0) return manifest;
  const more = differences.length > 3 ? `; ${differences.length - 3} more` : '';
  throw new EvosiftError(
    'run_mismatch',
    `${path} holds another run: ${differences.slice(0, 3).join('; ')}${more}\n` +
      'give another `out`, or `force` to start over',
    { option: 'out' },
  );
}

export async function writeManifest(path: string, manifest: Manifest<object>): Promise<void> {
  await writeFileAtomic(join(path, RUN_FILES.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
}
