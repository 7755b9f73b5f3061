import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { EvosiftError, messageOf } from '../base/errors.js';
import {
  SAFETENSORS_INDEX,
  TOKENIZER_FILES,
  chooseWeights,
  shardsOf,
  type EngineKind,
  type ModelFormat,
  type WeightsEntry,
} from './model-files.js';
import { readExternalFiles } from './onnx-external-files.js';
import type { ModelFile } from './resolved-model.js';

/** What a model directory holds of what a run needs. */
export interface DirectoryContents {
  readonly format: ModelFormat;
  readonly files: readonly ModelFile[];
}

/**
 * Finds a model's files in a directory of Hugging Face layout.
 *
 * @param model How the model is named in messages.
 * @throws EvosiftError `bad_config` without a config.json; `bad_weights` where weights are missing; `pickle_refused`.
 */
export async function readModelDirectory(
  model: string,
  directory: string,
  engine: EngineKind | undefined,
): Promise<DirectoryContents> {
  const names = await listNames(directory);
  if (!names.includes('config.json')) {
    throw new EvosiftError(
      'bad_config',
      `${model}: there is no config.json in ${directory}. A model is a directory with config.json, tokenizer.json and model.safetensors.`,
    );
  }
  const weights = chooseWeights(model, names, engine);
  const parts = await weightParts(model, weights, join(directory, weights.file));
  const wanted = ['config.json', weights.file, ...parts, ...TOKENIZER_FILES.filter((name) => names.includes(name))];
  return { format: weights.format, files: await Promise.all(wanted.map((name) => statFile(model, directory, name))) };
}

/**
 * The further files that the file in `path` leads to: an index's shards, or an ONNX graph's external data. Paths are
 * from the model's root.
 */
export async function weightParts(model: string, weights: WeightsEntry, path: string): Promise<string[]> {
  if (weights.file === SAFETENSORS_INDEX) return shardsOf(model, await readFile(path, 'utf8'));
  if (weights.format !== 'onnx') return [];
  return readExternalFiles(path).map((file) => posix.join(posix.dirname(weights.file), file));
}

/** Paths from the root of the files in `directory` and in its `onnx` folder. */
export async function listNames(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  if (!names.includes('onnx')) return names.sort();
  const onnx = await readdir(join(directory, 'onnx')).catch(() => []);
  return [...names, ...onnx.map((name) => `onnx/${name}`)].sort();
}

export async function statFile(model: string, directory: string, name: string): Promise<ModelFile> {
  try {
    const path = await realpath(join(directory, name));
    const stats = await stat(path);
    if (!stats.isFile()) throw new Error('it is not a file');
    return { name, path, bytes: stats.size };
  } catch (cause) {
    throw new EvosiftError('bad_weights', `${model}: cannot read ${name} in ${directory}: ${messageOf(cause)}.`, {
      cause,
    });
  }
}
