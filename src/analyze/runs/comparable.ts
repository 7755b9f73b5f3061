import { EvosiftError } from '../../base/errors.js';
import { identityDifferences } from '../../runs/compare-identity.js';
import type { RunIdentity } from '../../runs/run-identity.js';
import type { AnalyzedRun } from './open-run.js';
import { areSameSeeds } from './seeds.js';

/** What two runs may differ in, their losses being of one kind all the same. */
const OF_NO_MATTER: readonly (keyof RunIdentity)[] = [
  'data',
  'format',
  'columns',
  'answer',
  'per_token',
  'form',
  'revision',
  'engine',
  'device',
  'matmul',
  'step_tokens',
  'shard',
];

/**
 * Holds runs to what makes them comparable: losses of one model under one recipe, and, where the rows of both were
 * made, made of the same seeds.
 *
 * @param allowDifferentSeeds Compares rows that were made of different seeds all the same.
 * @throws EvosiftError `run_mismatch`, which says what differs; `bad_data` where a lineage is damaged.
 */
export async function checkComparable(runs: readonly AnalyzedRun[], allowDifferentSeeds: boolean): Promise<void> {
  const [first, ...others] = runs;
  if (first === undefined) return;
  for (const other of others) {
    const differences = identityDifferences(first.identity, other.identity, OF_NO_MATTER);
    if (differences.length > 0) {
      throw new EvosiftError(
        'run_mismatch',
        `The losses of ${first.path} and ${other.path} can't be compared: ` +
          `${differences.slice(0, 3).join('; ').replaceAll(' there', ` in ${first.name}`).replaceAll(' here', ` in ${other.name}`)}\n` +
          'Score both by one model and recipe, or analyse them apart.',
      );
    }
    if (!allowDifferentSeeds && (await haveDifferentSeeds(first, other))) {
      throw new EvosiftError(
        'run_mismatch',
        `${first.path} and ${other.path} were made of different seeds, so that what differs may be the seeds' doing\n` +
          'Make both of the same rows; or say `allowDifferentSeeds` to compare them all the same.',
        { option: 'allowDifferentSeeds' },
      );
    }
  }
}

/** Of rows as they came nothing is assumed: what differs is what is asked about. */
async function haveDifferentSeeds({ seeds: one }: AnalyzedRun, { seeds: other }: AnalyzedRun): Promise<boolean> {
  if (one.length === 0 || other.length === 0) return false;
  if (one.length !== other.length) return true;
  for (const [place, seeds] of one.entries()) {
    const others = other[place];
    if (others === undefined || !(await areSameSeeds(seeds, others))) return true;
  }
  return false;
}
