import { isRecord } from '../base/json.js';
import { EvosiftError } from '../base/errors.js';

/** What computes per-token losses: the native addon, or onnxruntime. */
export const ENGINE_KINDS = ['native', 'onnx'] as const;
export type EngineKind = (typeof ENGINE_KINDS)[number];

/** How a model's weights are stored. */
export type ModelFormat = 'safetensors' | 'onnx';

/** What a tokenizer is made of; which of them exist differs from model to model. */
export const TOKENIZER_FILES: readonly string[] = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
  'chat_template.json',
];

export const SAFETENSORS_INDEX = 'model.safetensors.index.json';

const SINGLE_SAFETENSORS = 'model.safetensors';
export const ONNX_GRAPHS: readonly string[] = ['model.onnx', 'onnx/model.onnx'];
const PICKLE = /^(?:pytorch_model.*\.(?:bin|pt|pth)|consolidated.*\.pth)$/;

/** The file that leads to a model's weights: the only safetensors file, the index of several, or the ONNX graph. */
export interface WeightsEntry {
  readonly format: ModelFormat;
  readonly file: string;
}

/**
 * Chooses the weights among a model's files (paths from its root, with `/`). Without an engine, safetensors come
 * before ONNX.
 *
 * @param model How the model is named in messages.
 * @throws EvosiftError `pickle_refused` where the weights are pickles only, `bad_weights` where there are none that
 *   the engine reads.
 */
export function chooseWeights(model: string, files: readonly string[], engine: EngineKind | undefined): WeightsEntry {
  const safetensors = [SINGLE_SAFETENSORS, SAFETENSORS_INDEX].find((file) => files.includes(file));
  const onnx = ONNX_GRAPHS.find((file) => files.includes(file));
  if (safetensors !== undefined && engine !== 'onnx') return { format: 'safetensors', file: safetensors };
  if (onnx !== undefined && engine !== 'native') return { format: 'onnx', file: onnx };
  if (safetensors !== undefined) {
    throw new EvosiftError(
      'bad_weights',
      `${model} has no model.onnx (nor onnx/model.onnx): the onnx engine cannot run it.\n` +
        'Drop `engine: onnx` to run its safetensors, or export it: optimum-cli export onnx --task text-generation -m MODEL DIR',
      { option: 'engine' },
    );
  }
  if (onnx !== undefined) {
    throw new EvosiftError(
      'bad_weights',
      `${model} has ONNX weights only (${onnx}): the native engine reads safetensors. Use \`engine: onnx\`.`,
      { option: 'engine' },
    );
  }
  throw withoutWeights(model, files);
}

function withoutWeights(model: string, files: readonly string[]): EvosiftError {
  const pickle = files.find((file) => PICKLE.test(file));
  if (pickle !== undefined) {
    return new EvosiftError(
      'pickle_refused',
      `${model} has pickle weights only (${pickle}), which are refused: loading a pickle runs whatever code is in it.\n` +
        'Use a revision with safetensors, or convert it where you trust it: AutoModelForCausalLM.from_pretrained(...).save_pretrained(DIR)',
    );
  }
  const gguf = files.find((file) => file.endsWith('.gguf'));
  return new EvosiftError(
    'bad_weights',
    `${model} has no weights that evosift reads: wanted ${SINGLE_SAFETENSORS}, ${SAFETENSORS_INDEX} or ${ONNX_GRAPHS[0]}` +
      `${gguf === undefined ? '' : `, found ${gguf} (GGUF models can generate text, they do not score)`}.`,
  );
}

/**
 * The shards that a safetensors index names, sorted, each once.
 *
 * @throws EvosiftError `bad_weights` where the text is no index, or a shard is not a plain file name.
 */
export function shardsOf(model: string, indexText: string): string[] {
  const map = weightMapOf(indexText);
  if (map === null) {
    throw new EvosiftError('bad_weights', `${model}: ${SAFETENSORS_INDEX} is not JSON with a "weight_map" object.`);
  }
  const shards = new Set<string>();
  for (const [tensor, shard] of Object.entries(map)) {
    if (typeof shard !== 'string' || !/^[^/\\]+\.safetensors$/.test(shard)) {
      throw new EvosiftError(
        'bad_weights',
        `${model}: ${SAFETENSORS_INDEX} puts tensor ${tensor} into ${JSON.stringify(shard)}, which is not the name of a .safetensors file beside it.`,
      );
    }
    shards.add(shard);
  }
  if (shards.size === 0) throw new EvosiftError('bad_weights', `${model}: ${SAFETENSORS_INDEX} names no shard.`);
  return [...shards].sort();
}

function weightMapOf(indexText: string): object | null {
  let index: unknown;
  try {
    index = JSON.parse(indexText);
  } catch {
    return null;
  }
  if (typeof index !== 'object' || index === null || !('weight_map' in index)) return null;
  const map = index.weight_map;
  return isRecord(map) ? map : null;
}
