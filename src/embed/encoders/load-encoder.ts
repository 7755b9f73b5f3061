import type { Encoder } from './encoder.js';
import { planEncoder, type LoadEncoderOptions } from './encoder-options.js';

/**
 * Loads what makes vectors of texts: a sentence encoder as ONNX, or a causal language model whose last hidden states are
 * averaged over the tokens.
 *
 * @throws EvosiftError `bad_argument`, `model_not_found`, `bad_config`, `bad_weights`, `unsupported_tokenizer`,
 *   `engine_unavailable` (onnxruntime-node is not installed), `engine_failed`; with `model` those of `loadScorer`.
 */
export async function loadEncoder(options: LoadEncoderOptions): Promise<Encoder> {
  const plan = planEncoder(options);
  // Their tokenizer's binding is loaded when one is needed, not with the package.
  if (plan.encoder === undefined) return (await import('./hidden-states.js')).loadHiddenStates(plan);
  return (await import('./sentence-encoder.js')).loadSentenceEncoder(plan);
}
