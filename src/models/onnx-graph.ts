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

/** Which of several ONNX files is meant. */
export interface GraphChoice {
  readonly file: string | undefined;
  readonly option: string;
}

/**
 * The ONNX file of a model directory, for models that are no language models: the one that is asked for, else model.onnx
 * or onnx/model.onnx, else the only one that there is, such as onnx/model_quantized.onnx.
 *
 * @param task What optimum-cli calls it, for the message of what is missing.
 * @param choice The file that is asked for, from the directory, and the option that asks for it.
 * @throws EvosiftError `model_not_found` without the directory, `bad_config` without a config.json, `bad_weights` without
 *   the file or what it keeps its tensors in, `bad_argument` where none is the one that is asked for, or several may be.
 */
export async function findOnnxGraph(directory: string, task: string, choice?: GraphChoice): Promise<OnnxGraph> {
  const names = await listNames(directory).catch((cause: unknown) => {
    throw new EvosiftError('model_not_found', unreadable(directory, cause).message, { cause });
  });
  if (!names.includes('config.json')) {
    throw new EvosiftError(
      'bad_config',
      `There is no config.json in ${directory}. Give a directory with config.json, tokenizer.json and model.onnx.`,
    );
  }
  const file = chooseGraph(directory, names, task, choice);
  const path = join(directory, file);
  const parts = await weightParts(directory, { format: 'onnx', file }, path);
  for (const part of parts) await statFile(directory, directory, part);
  return { path, files: [file, ...parts] };
}

function chooseGraph(directory: string, names: readonly string[], task: string, choice?: GraphChoice): string {
  const graphs = names.filter((name) => name.endsWith('.onnx'));
  const usual = ONNX_GRAPHS.find((name) => graphs.includes(name)) ?? (graphs.length === 1 ? graphs[0] : undefined);
  const file = choice?.file ?? usual;
  if (file !== undefined && graphs.includes(file)) return file;
  if (graphs.length === 0) {
    throw new EvosiftError(
      'bad_weights',
      `${directory} has no model.onnx (nor onnx/model.onnx).\nExport it: optimum-cli export onnx --task ${task} -m MODEL DIR`,
    );
  }
  const option = choice?.option ?? null;
  const why = file === undefined ? 'has several ONNX files' : `has no ONNX file ${file}`;
  const how = option === null ? 'rename the one that is meant to model.onnx' : `name one of them with \`${option}\``;
  throw new EvosiftError('bad_argument', `${directory} ${why}: ${graphs.join(', ')}.\nTo say which, ${how}.`, {
    option,
  });
}
