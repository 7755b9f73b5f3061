import type { Example } from '../../rows/example.js';
import { hasCalls } from '../../rows/message-parts.js';
import type { Tokenizer } from '../../text/tokenizer.js';
import { prepareConversation } from './prepare-conversation.js';
import { prepareExchange } from './prepare-exchange.js';
import type { PrepareOptions } from './prepare-options.js';
import type { Ignorable, PreparedRow } from './prepared-row.js';
import { recipes } from '../recipes/index.js';
import type { ExchangeRecipe, Recipe } from '../recipes/recipe.js';
import { unscored } from './row-builder.js';
import { textsOf, turnsOf } from './turns.js';

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
  const rows =
    recipe.kind === 'exchange'
      ? await prepareTurns(recipe, example, tokenizer, options)
      : await prepareConversation(recipe, example, tokenizer, options);
  const ignored = ignoredIn(example, recipe, options);
  const specialTokensInText = textsOf(example).some((text) => tokenizer.holdsSpecialTokens(text));
  return ignored.length > 0 || specialTokensInText
    ? rows.map((row) => ({ ...row, ignored, specialTokensInText }))
    : rows;
}

function ignoredIn(example: Example, recipe: Recipe, { template }: PrepareOptions): Ignorable[] {
  const hasSystem =
    example.kind === 'exchange' ? example.system !== '' : example.messages.some(({ role }) => role === 'system');
  const takesSystem = recipe.kind === 'conversation';
  const ignored: Ignorable[] = hasSystem && !takesSystem ? ['system'] : [];
  return example.tools !== undefined && template !== 'chat' ? [...ignored, 'tools'] : ignored;
}

async function prepareTurns(
  recipe: ExchangeRecipe,
  example: Example,
  tokenizer: Tokenizer,
  options: PrepareOptions,
): Promise<PreparedRow[]> {
  const turns = turnsOf(example).map((turn, index) => ({ turn, index }));
  const counted = turns.filter(({ turn }) => turn.answer.context !== true);
  if (counted.length === 0) return [unscored('no_assistant_turn', 'no assistant message follows a user message')];
  if (options.turns !== 'reject') {
    const chosen = options.turns === 'last' ? counted.slice(-1) : counted;
    return Promise.all(chosen.map(({ turn, index }) => prepareExchange(recipe, turn, index, tokenizer, options)));
  }
  const calls = counted.find(({ turn }) => hasCalls(turn.answer));
  const only = turns.length === 1 ? turns[0] : calls;
  if (only !== undefined) return [await prepareExchange(recipe, only.turn, null, tokenizer, options)];
  const detail = `${turns.length} exchanges; the recipe ${recipe.name} knows one (see the option turns)`;
  return [unscored('multi_turn', detail)];
}
