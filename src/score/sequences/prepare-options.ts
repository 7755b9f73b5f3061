import { EvosiftError } from '../../base/errors.js';
import { recipes } from '../recipes/index.js';
import type { RecipeName, TemplateName } from '../recipes/recipe.js';
import type { ScoreSettings } from '../score-options.js';

/** How rows are prepared, every option settled. */
export interface PrepareOptions {
  readonly recipe: RecipeName;
  readonly template: TemplateName;
  /** For recipes that know one exchange: what becomes of rows of several. `aligned` takes `reject` as "whole". */
  readonly turns: ScoreSettings['turns'];
  /** The most tokens of a sequence. */
  readonly limit: number;
  /** What becomes of longer rows, in recipes that do not truncate by definition. */
  readonly overflow: ScoreSettings['overflow'];
  /** What of an answer counts. */
  readonly reasoning: ScoreSettings['reasoning'];
  readonly specialTokens: ScoreSettings['specialTokens'];
  readonly templateKwargs: ScoreSettings['templateKwargs'];
  /** Ids must be below this. */
  readonly vocabSize: number;
}

/**
 * Settles the options of a run on a model.
 *
 * @throws EvosiftError `bad_argument` where the recipe does not know the template, or the model cannot read so much.
 */
export function settlePrepareOptions(
  settings: Omit<ScoreSettings, 'signal'>,
  model: { readonly contextLength: number; readonly vocabSize: number },
): PrepareOptions {
  const recipe = recipes[settings.recipe];
  const template = settings.template ?? recipe.templates[0];
  if (!recipe.templates.includes(template)) {
    throw new EvosiftError(
      'bad_argument',
      `The recipe ${recipe.name} has no \`template\` "${template}": its texts are part of its definition.\n` +
        `Leave the template out, or use the recipe aligned, which takes ${recipes.aligned.templates.join(', ')}.`,
      { option: 'template' },
    );
  }
  if (settings.templateKwargs !== undefined && template !== 'chat') {
    throw new EvosiftError(
      'bad_argument',
      `\`templateKwargs\` are for the model's chat template: add \`template: chat\` (and \`recipe: aligned\`).`,
      { option: 'templateKwargs' },
    );
  }
  checkTemplateKwargs(settings.templateKwargs);
  checkMaxLength(settings.maxLength, model.contextLength);
  return {
    recipe: recipe.name,
    template,
    turns: settings.turns,
    limit: Math.min(settings.maxLength ?? recipe.maxLength ?? model.contextLength, model.contextLength),
    overflow: settings.overflow,
    reasoning: settings.reasoning,
    specialTokens: settings.specialTokens,
    templateKwargs: settings.templateKwargs,
    vocabSize: model.vocabSize,
  };
}

/** @throws EvosiftError `bad_argument` where they have what every template is given. */
export function checkTemplateKwargs(kwargs: ScoreSettings['templateKwargs']): void {
  const taken = ['messages', 'tools', 'documents', 'add_generation_prompt'].find(
    (name) => kwargs !== undefined && name in kwargs,
  );
  if (taken === undefined) return;
  const text = `\`templateKwargs\`: ${taken} is what the template is given anyway; leave it out`;
  throw new EvosiftError('bad_argument', text, { option: 'templateKwargs' });
}

/** @throws EvosiftError `bad_argument` where the model cannot read so much. */
export function checkMaxLength(maxLength: number | undefined, contextLength: number): void {
  if (maxLength === undefined || maxLength <= contextLength) return;
  const text = `A \`maxLength\` of ${maxLength} tokens is more than the model can read (${contextLength}).`;
  throw new EvosiftError('bad_argument', text, { option: 'maxLength' });
}
