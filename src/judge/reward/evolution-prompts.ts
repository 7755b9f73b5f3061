import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { loadPrompts } from '../../ask/prompts/load-prompts.js';
import { EvosiftError } from '../../base/errors.js';
import { isRecord } from '../../base/json.js';
import { PROMPTS } from '../../evolve/evolution-plan.js';
import { isEvolved } from '../../runs/run-data.js';
import type { AskedFor } from './asked-for.js';
import { EvolvedRun } from './evolved-run.js';

/**
 * The prompts that rows of evolutions were made by: the operation's, filled in with the instruction that it was done to.
 *
 * @param paths The data's files, each the `dataset.jsonl` in a run's directory.
 * @param directory The folder of prompts that the runs were given; undefined: the built-in ones.
 * @throws EvosiftError `bad_data` where a file is another; `bad_argument` where a run was made by other prompts.
 */
export async function evolutionPrompts(paths: readonly string[], directory: string | undefined): Promise<AskedFor> {
  const prompts = await loadPrompts(PROMPTS, directory);
  for (const path of paths) if (!(await isEvolved(path))) throw madeByNone(path);
  // Nothing of a run is held open before its first prompt is asked for.
  const runs = await Promise.all(paths.map((path) => EvolvedRun.open(dirname(path), prompts)));
  return {
    hash: createHash('sha256')
      .update(JSON.stringify([prompts.hash, runs.map(({ methods }) => [...methods])]))
      .digest('hex'),
    async promptOf({ file, record }) {
      const made = record?.['evosift'];
      const { op, parent, generator } = isRecord(made) ? made : {};
      if (typeof op !== 'string' || typeof parent !== 'string') {
        return { ok: false, reason: 'not_evolved', detail: 'the row is a seed, for which nobody was asked' };
      }
      const messages = await runs[file]?.promptOf(op, parent, String(generator));
      if (messages !== undefined) return { ok: true, messages };
      const detail = `the run knows no operation ${op} on ${parent}, by which the row is said to be made`;
      return { ok: false, reason: 'not_evolved', detail };
    },
    async [Symbol.asyncDispose]() {
      for (const run of runs) await run[Symbol.asyncDispose]();
    },
  };
}

const madeByNone = (path: string): EvosiftError =>
  new EvosiftError(
    'bad_data',
    `${path} was made by no evolution, so that nothing is known of what its instructions were asked for by.\n` +
      'Name a run of `evosift evolve`, or give a prompt that each row fills in: `evolutionPrompt`.',
    { option: 'of' },
  );
