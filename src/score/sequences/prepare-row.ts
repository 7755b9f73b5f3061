import type { Example } from '../../rows/example.js';
import type { Tokenizer } from '../../text/tokenizer.js';
import { prepareConversation } from './prepare-conversation.js';
import { prepareExchange } from './prepare-exchange.js';
import type { PrepareOptions } from './prepare-options.js';
import type { PreparedRow } from './prepared-row.js';
import { recipes } from '../recipes/index.js';
import type { ExchangeRecipe } from '../recipes/recipe.js';
import { unscored } from './row-builder.js';
import { turnsOf } from './turns.js';

/**
 * What a recipe makes of a row: one prepared row, or with `turns: 'each'` one for each assistant turn, in order.
 * Rows that are prepared in one go (`Promise.all`) are tokenised in one batch.
 *
 * @throws EvosiftError `unsupported_tokenizer` where the tokenizer's ids are not the model's, or the recipe needs what
 *   the tokenizer lacks (BOS or EOS, a chat template).
 */
export async function prepareRow(
  example: Example,
  tokenizer: Tokenizer,
  options: PrepareOptions,
): Promise<PreparedRow[]> {
  const recipe = recipes[options.recipe];
  return recipe.kind === 'exchange'
    ? prepareTurns(recipe, example, tokenizer, options)
    : prepareConversation(recipe, example, tokenizer, options);
}

async function prepareTurns(
  recipe: ExchangeRecipe,
  example: Example,
  tokenizer: Tokenizer,
  options: PrepareOptions,
): Promise<PreparedRow[]> {
  const turns = turnsOf(example);
  if (turns.length === 0) return [unscored('no_assistant_turn', 'no assistant message follows a user message')];
  if (options.turns === 'reject') {
    const [only] = turns;
    return only === undefined || turns.length > 1
      ? [
          unscored(
            'multi_turn',
            `${turns.length} exchanges; the recipe ${recipe.name} knows one (see the option turns)`,
          ),
        ]
      : [await prepareExchange(recipe, only, null, tokenizer, options)];
  }
  const numbered = turns.map((turn, index) => ({ turn, index }));
  const chosen = options.turns === 'last' ? numbered.slice(-1) : numbered;
  return Promise.all(chosen.map(({ turn, index }) => prepareExchange(recipe, turn, index, tokenizer, options)));
}
