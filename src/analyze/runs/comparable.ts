import { canonicalJson } from '../../base/json.js';
import { EvosiftError } from '../../base/errors.js';
import { identityDifferences } from '../../runs/compare-identity.js';
import type { RunIdentity } from '../../runs/run-identity.js';
import type { AnalyzedRun } from './open-run.js';

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
 * Holds runs to what makes them comparable: losses of one model under one recipe, and, where both made their rows, made of
 * the same seeds.
 *
 * @param allowDifferentSeeds Compares rows that were made of different seeds all the same.
 * @throws EvosiftError `run_mismatch`, which says what differs.
 */
export function checkComparable(runs: readonly AnalyzedRun[], allowDifferentSeeds: boolean): void {
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
    if (!allowDifferentSeeds && haveDifferentSeeds(first, other)) {
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
function haveDifferentSeeds({ generation: one }: AnalyzedRun, { generation: other }: AnalyzedRun): boolean {
  if (one === null || other === null) return false;
  return seedsOf(one) !== seedsOf(other);
}

const seedsOf = ({ data, start }: NonNullable<AnalyzedRun['generation']>): string =>
  canonicalJson([data, start?.limit ?? null]);
