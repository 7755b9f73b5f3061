import { EvosiftError } from '../../base/errors.js';
import { recipes } from '../recipes/index.js';
import type { RecipeName, TemplateName } from '../recipes/recipe.js';

/** How rows are prepared, every option settled. */
export interface PrepareOptions {
  readonly recipe: RecipeName;
  readonly template: TemplateName;
  /** For recipes that know one exchange: what becomes of rows of several. `aligned` takes `reject` as "whole". */
  readonly turns: 'reject' | 'last' | 'each';
  /** The most tokens of a sequence. */
  readonly limit: number;
  /** What becomes of longer rows, in recipes that do not truncate by definition. */
  readonly overflow: 'skip' | 'truncate';
  /** Ids must be below this. */
  readonly vocabSize: number;
}

/** What a caller may leave open. */
export interface PrepareRequest {
  readonly recipe?: RecipeName;
  readonly template?: TemplateName;
  readonly turns?: 'reject' | 'last' | 'each';
  readonly maxLength?: number;
  readonly overflow?: 'skip' | 'truncate';
}

/**
 * Settles the options of a run on a model.
 *
 * @throws EvosiftError `bad_argument` where the recipe does not know the template, or the model cannot read so much.
 */
export function settlePrepareOptions(
  request: PrepareRequest,
  model: { readonly contextLength: number; readonly vocabSize: number },
): PrepareOptions {
  const recipe = recipes[request.recipe ?? 'paper'];
  const template = request.template ?? recipe.templates[0];
  if (!recipe.templates.includes(template)) {
    throw new EvosiftError(
      'bad_argument',
      `The recipe ${recipe.name} has no template "${template}": its texts are part of its definition.\n` +
        `Leave the template out, or use the recipe aligned, which takes ${recipes.aligned.templates.join(', ')}.`,
    );
  }
  if (request.maxLength !== undefined && request.maxLength > model.contextLength) {
    throw new EvosiftError(
      'bad_argument',
      `A max length of ${request.maxLength} tokens is more than the model can read (${model.contextLength}).`,
    );
  }
  return {
    recipe: recipe.name,
    template,
    turns: request.turns ?? 'reject',
    limit: Math.min(request.maxLength ?? recipe.maxLength ?? model.contextLength, model.contextLength),
    overflow: request.overflow ?? 'skip',
    vocabSize: model.vocabSize,
  };
}
