import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readAnyManifest, RUN_FILES } from './read-run.js';
import type { RunIdentity } from './run-identity.js';

type Step = Pick<RunIdentity, 'step_tokens'>;

/**
 * The step of a GPU that a run, or an evolution's scoring, was begun with: for `stepTokens` of a scorer that is to go
 * on with it. Undefined where the directory holds no run yet, or one that knows of no step.
 *
 * @throws EvosiftError `bad_data` where the manifest is damaged.
 */
export async function readStepTokens(run: string): Promise<number | undefined> {
  if (!existsSync(join(run, RUN_FILES.manifest))) return undefined;
  const { identity } = await readAnyManifest<Step & { readonly score?: Step | null }>(run);
  return identity.step_tokens ?? identity.score?.step_tokens;
}
