import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import { packageRoot } from '../base/package-file.js';
import { throwIfAborted } from '../async/abort.js';
import { isHubId } from '../hub/repository.js';
import type { HubModelOptions } from './hub-model.js';
import { readModelDirectory } from './model-directory.js';
import type { ResolvedModel } from './resolved-model.js';

export type ResolveOptions = HubModelOptions;

/** The name of the model in the package. */
export const BUNDLED = 'pocket';

const TRIAL_ONLY =
  'pocket is for trying out evosift: a 4M-parameter model is no judge of your data. Name a real one with `model`.';

/**
 * Finds a model by name and makes sure that its files are here: `pocket` (in the package), a directory of Hugging Face
 * layout, or a hub id (`NAMESPACE/NAME`, from the standard cache or downloaded into it).
 *
 * A directory wins over a hub id of the same name; `./pocket` is a directory, `pocket` never is.
 *
 * @throws EvosiftError `model_not_found`, `bad_config`, `bad_weights`, `pickle_refused`, `hub_error`, `disk_full`,
 *   `bad_argument`, `aborted`.
 */
export async function resolveModel(name: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  throwIfAborted(options.signal);
  if (name === BUNDLED) {
    refuseRevision(name, options.revision, 'comes with evosift');
    const directory = join(packageRoot(), 'models', BUNDLED);
    return { ...(await inDirectory(name, directory, options)), kind: 'bundled', trialOnly: TRIAL_ONLY };
  }
  const path = resolve(name.replace(/^~(?=\/|$)/, homedir()));
  const stats = name === '' ? null : await stat(path).catch(() => null);
  if (stats?.isDirectory()) {
    refuseRevision(name, options.revision, 'is a local directory');
    return inDirectory(name, await realpath(path), options);
  }
  if (stats !== null) {
    throw new EvosiftError(
      'model_not_found',
      `${name} is a file. A model is a directory with config.json, tokenizer.json and model.safetensors: name that.`,
    );
  }
  if (!isHubId(name)) {
    throw new EvosiftError(
      'model_not_found',
      `There is no model directory ${JSON.stringify(name)}, and it is no hub id either.\n` +
        `A model is a directory, a hub id such as HuggingFaceTB/SmolLM2-135M, or ${BUNDLED} (bundled, for trying out).`,
    );
  }
  const { hubModel } = await import('./hub-model.js');
  return { ...(await hubModel(name, options)), id: name, kind: 'hub', trialOnly: null };
}

async function inDirectory(id: string, directory: string, options: ResolveOptions): Promise<ResolvedModel> {
  const contents = await readModelDirectory(id, directory, options.engine);
  return { ...contents, id, kind: 'local', directory, commit: null, trialOnly: null, notice: null };
}

function refuseRevision(name: string, revision: string | undefined, why: string): void {
  if (revision === undefined) return;
  throw new EvosiftError('bad_argument', `${name} ${why} and has no revisions: drop \`revision: ${revision}\`.`, {
    option: 'revision',
  });
}
