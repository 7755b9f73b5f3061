import { join } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import { isRecord } from '../../base/json.js';
import { readModelConfig } from '../../models/model-config.js';

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
  const whole = await readModelConfig(directory);
  // The language model may be one part of several.
  const config = isRecord(whole.text_config) ? { ...whole, ...whole.text_config } : whole;
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
