import type { RunIdentity } from '../../runs/run-identity.js';
import type { Scorer } from '../scorer.js';
import type { PrepareOptions } from '../sequences/prepare-options.js';

export type ScorerIdentity = Pick<
  RunIdentity,
  'model' | 'revision' | 'tokenizer' | 'engine' | 'device' | 'matmul' | 'dtype' | 'step_tokens'
>;

export type RecipeIdentity = Pick<
  RunIdentity,
  'recipe' | 'template' | 'max_length' | 'overflow' | 'reasoning' | 'special_tokens' | 'template_kwargs'
>;

/** How texts become scores. @param maxLength As asked for; null where the recipe or the model sets it. */
export const recipeIdentity = (prepare: PrepareOptions, maxLength: number | null): RecipeIdentity => ({
  recipe: prepare.recipe,
  template: prepare.template,
  max_length: maxLength,
  overflow: prepare.overflow,
  reasoning: prepare.reasoning,
  special_tokens: prepare.specialTokens,
  template_kwargs: prepare.templateKwargs ?? null,
});

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
