import type { Example, ReasonCode } from '../../rows/example.js';
import { ChatTemplateRefusal } from '../../text/chat-template-refusal.js';
import type { Tokenizer } from '../../text/tokenizer.js';
import { checkIds } from '../../text/check-ids.js';
import { leastText, lostSentence } from '../sequences/prepare-conversation.js';
import type { PrepareOptions } from '../sequences/prepare-options.js';
import { tooManyCharacters } from '../sequences/row-builder.js';
import { tokeniseChat, type TokenisedDialog } from '../sequences/tokenise-dialog.js';
import { asksNothing, dialogOf } from '../sequences/turns.js';

/** How conversations are prepared for a reward model. */
export type RewardedOptions = Pick<PrepareOptions, 'limit' | 'specialTokens' | 'templateKwargs' | 'vocabSize'>;

/** What a worker is asked to prepare. */
export interface RewardTask {
  readonly examples: readonly Example[];
  readonly options: RewardedOptions;
}

/** A conversation as the model reads it, or why it has no reward. */
export type PreparedReward =
  | {
      readonly reason: null;
      readonly ids: Int32Array<ArrayBuffer>;
      /** Tokens of the last answer's text, tokenised alone without special tokens. */
      readonly tokensAnswer: number;
    }
  | { readonly reason: ReasonCode; readonly detail: string };

/**
 * A row's conversation up to its last answer, whole, in the model's own chat template: what apply_chat_template of
 * transformers gives for it.
 *
 * @throws EvosiftError `unsupported_tokenizer`.
 */
export async function prepareRewarded(
  example: Example,
  tokenizer: Tokenizer,
  options: RewardedOptions,
): Promise<PreparedReward> {
  const dialog = dialogOf(example);
  const answer = dialog.at(-1);
  if (answer === undefined) {
    return { reason: 'no_assistant_turn', detail: 'no assistant message follows a user message' };
  }
  if (asksNothing(dialog)) return { reason: 'empty_instruction', detail: 'the instruction is empty' };
  if (answer.content.trim() === '') return { reason: 'empty_response', detail: 'the response has no text' };
  const text = leastText(dialog);
  if (tokenizer.exceeds(text, options.limit)) {
    return { reason: 'too_long', detail: tooManyCharacters(text, options.limit) };
  }
  const count = tokenizer.count(answer.content, { addSpecialTokens: false, specialTokens: options.specialTokens });
  let tokenised: TokenisedDialog;
  try {
    tokenised = await tokeniseChat(dialog, example.tools, tokenizer, options);
  } catch (error) {
    if (!(error instanceof ChatTemplateRefusal)) throw error;
    return { reason: 'malformed_row', detail: `the model's chat template refuses this row: ${error.message}` };
  }
  const { ids, messages } = tokenised;
  const last = messages.at(-1);
  if (last === undefined || last.text === null || last.rewritten.includes('text')) {
    return { reason: 'template_rewrites', detail: lostSentence('leaves out', 'text', dialog.length - 1, dialog) };
  }
  checkIds([ids], tokenizer, options.vocabSize);
  if (ids.length > options.limit) {
    return { reason: 'too_long', detail: `${ids.length} tokens; the limit is ${options.limit}` };
  }
  return { reason: null, ids: Int32Array.from(ids), tokensAnswer: await count };
}
