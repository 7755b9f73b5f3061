import type { RunIdentity } from '../../runs/run-identity.js';
import type { Scorer } from '../scorer.js';

export type ScorerIdentity = Pick<
  RunIdentity,
  'model' | 'revision' | 'tokenizer' | 'engine' | 'device' | 'matmul' | 'dtype' | 'step_tokens'
>;

/**
 * What a scorer's losses depend on. The first call on a model may read all its weights.
 *
 * @throws EvosiftError `unsupported_tokenizer` where it can score no text.
 */
export async function scorerIdentity(scorer: Scorer, signal?: AbortSignal): Promise<ScorerIdentity> {
  const { info } = scorer;
  const tokenizer = scorer.requireTokenizer();
  return {
    model: await scorer.modelHash(signal),
    revision: info.revision,
    tokenizer,
    engine: info.engine,
    device: info.device,
    matmul: info.implementation,
    dtype: info.dtype,
    ...(info.stepTokens !== undefined && { step_tokens: info.stepTokens }),
  };
}
