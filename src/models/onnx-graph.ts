import { join } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import { unreadable } from '../base/file-error.js';
import { listNames, statFile, weightParts } from './model-directory.js';
import { ONNX_GRAPHS } from './model-files.js';

/** An ONNX file, and those that it keeps tensors in. */
export interface OnnxGraph {
  readonly path: string;
  /** Names in the directory, the graph's own among them. */
  readonly files: readonly string[];
}

/**
 * The ONNX file of a model directory (model.onnx or onnx/model.onnx), for models that are no language models.
 *
 * @param task What optimum-cli calls it, for the message of what is missing.
 * @throws EvosiftError `model_not_found` without the directory, `bad_config` without a config.json, `bad_weights` without
 *   the file or what it keeps its tensors in.
 */
export async function findOnnxGraph(directory: string, task: string): Promise<OnnxGraph> {
  const names = await listNames(directory).catch((cause: unknown) => {
    throw new EvosiftError('model_not_found', unreadable(directory, cause).message, { cause });
  });
  if (!names.includes('config.json')) {
    throw new EvosiftError(
      'bad_config',
      `There is no config.json in ${directory}. Give a directory with config.json, tokenizer.json and model.onnx.`,
    );
  }
  const file = ONNX_GRAPHS.find((name) => names.includes(name));
  if (file === undefined) {
    throw new EvosiftError(
      'bad_weights',
      `${directory} has no model.onnx (nor onnx/model.onnx).\nExport it: optimum-cli export onnx --task ${task} -m MODEL DIR`,
    );
  }
  const path = join(directory, file);
  const parts = await weightParts(directory, { format: 'onnx', file }, path);
  for (const part of parts) await statFile(directory, directory, part);
  return { path, files: [file, ...parts] };
}
