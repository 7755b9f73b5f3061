import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../../base/json.js';
import { EvosiftError, messageOf } from '../../base/errors.js';

/** What config.json says that the ONNX graph does not. */
export interface ExportConfig {
  readonly architecture: string;
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly hiddenSize: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/**
 * Reads an export's config.json; keys are those of the HF classes, older names included.
 *
 * @throws EvosiftError `bad_config`.
 */
export async function readExportConfig(directory: string): Promise<ExportConfig> {
  const path = join(directory, 'config.json');
  const config = await readObject(path);
  const number = (...keys: readonly string[]): number | null => {
    for (const key of keys) {
      const value = config[key];
      if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    }
    return null;
  };
  const need = (...keys: readonly string[]): number => {
    const value = number(...keys);
    if (value !== null) return value;
    throw new EvosiftError('bad_config', `${path} must have ${keys.join(' or ')}: a positive whole number.`);
  };
  const hiddenSize = need('hidden_size', 'n_embd', 'd_model');
  const heads = need('num_attention_heads', 'n_head', 'n_heads');
  return {
    architecture: typeof config.model_type === 'string' ? config.model_type : 'unknown',
    vocabSize: need('vocab_size'),
    contextLength: need('max_position_embeddings', 'n_positions', 'n_ctx', 'max_seq_len', 'seq_length'),
    hiddenSize,
    kvHeads: number('num_key_value_heads', 'num_kv_heads') ?? heads,
    headDim: number('head_dim') ?? Math.floor(hiddenSize / heads),
  };
}

/** The object in a config.json, or in its `text_config` where the language model is one part of several. */
async function readObject(path: string): Promise<Readonly<Record<string, unknown>>> {
  let config: unknown;
  try {
    config = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new EvosiftError('bad_config', `Cannot read ${path}: ${messageOf(cause)}.`, {
      cause,
    });
  }
  if (!isRecord(config)) throw new EvosiftError('bad_config', `${path} is not a JSON object.`);
  return isRecord(config.text_config) ? { ...config, ...config.text_config } : config;
}
