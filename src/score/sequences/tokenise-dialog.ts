import { EvosiftError } from '../../base/errors.js';
import type { Tokenizer } from '../../text/tokenizer.js';
import type { PrepareOptions } from './prepare-options.js';
import type { ConversationLayout, ConversationRecipe } from '../recipes/recipe.js';
import type { Range } from './row-builder.js';
import type { DialogMessage } from './turns.js';

/** A conversation tokenised, and the tokens that each message's contents became (a user's input is a second one). */
export interface TokenisedDialog {
  readonly ids: Int32Array;
  readonly contents: readonly (readonly Range[])[];
}

/** What an answer alone, and a conversation in a layout of ours, begins with. */
export function firstToken(tokenizer: Tokenizer): number {
  const id = tokenizer.bosId ?? tokenizer.eosId;
  if (id !== null) return id;
  throw new EvosiftError(
    'unsupported_tokenizer',
    `The recipe aligned needs a tokenizer with a BOS or EOS token; that in ${tokenizer.directory} names neither.\n` +
      `Name one in its tokenizer_config.json (bos_token, eos_token), or use another recipe.`,
  );
}

/**
 * Tokenises a conversation in the template that the options name.
 *
 * @throws EvosiftError `unsupported_tokenizer`; ChatTemplateRefusal where the model's own template refuses the row.
 */
export function tokeniseDialog(
  recipe: ConversationRecipe,
  dialog: readonly DialogMessage[],
  tokenizer: Tokenizer,
  { template }: PrepareOptions,
): Promise<TokenisedDialog> {
  return template === 'chat'
    ? tokeniseChat(dialog, tokenizer)
    : tokeniseLayout(recipe.layouts[template], dialog, tokenizer);
}

/** Segments are tokenised apart, so that no token has a part in both a content and the words around it. */
async function tokeniseLayout(
  layout: ConversationLayout,
  dialog: readonly DialogMessage[],
  tokenizer: Tokenizer,
): Promise<TokenisedDialog> {
  const segments = segmentsOf(layout, dialog);
  const encoded = await Promise.all(
    segments.map(async ({ text, message }) => ({
      ids: await tokenizer.encode(text, { addSpecialTokens: false }),
      message,
    })),
  );
  const ids = new Int32Array(encoded.reduce((sum, segment) => sum + segment.ids.length, 1));
  ids[0] = firstToken(tokenizer);
  const contents: Range[][] = dialog.map(() => []);
  let at = 1;
  for (const segment of encoded) {
    ids.set(segment.ids, at);
    if (segment.message !== null) contents[segment.message]?.push([at, at + segment.ids.length]);
    at += segment.ids.length;
  }
  return { ids, contents };
}

/** Contents with their message's index, and between them the words of the layout, as few segments as there can be. */
function segmentsOf(
  layout: ConversationLayout,
  dialog: readonly DialogMessage[],
): { text: string; message: number | null }[] {
  const segments: { text: string; message: number | null }[] = [];
  let words = '';
  const content = (text: string, message: number): void => {
    if (words !== '') segments.push({ text: words, message: null });
    words = '';
    if (text !== '') segments.push({ text, message });
  };
  if (dialog.every(({ role }) => role !== 'system')) {
    words = dialog.some(({ input }) => input !== '') ? layout.opening.withInput : layout.opening.plain;
  }
  for (const [i, message] of dialog.entries()) {
    words += (i > 0 ? layout.separator : '') + layout.before[message.role];
    if (message.input === '' || layout.input === null) {
      content(joinInput(message), i);
    } else {
      content(message.content, i);
      words += layout.input;
      content(message.input, i);
    }
  }
  return segments;
}

const joinInput = ({ content, input }: DialogMessage): string => (input === '' ? content : `${content}\n${input}`);

/** The model's own template; a token belongs to a content where all of its text does. */
async function tokeniseChat(dialog: readonly DialogMessage[], tokenizer: Tokenizer): Promise<TokenisedDialog> {
  const chat = tokenizer.chatTemplate.renderWithContents(
    dialog.map((message) => ({ role: message.role, content: joinInput(message) })),
  );
  const { ids, offsets } = await tokenizer.encodeWithOffsets(chat.text, { addSpecialTokens: false });
  return { ids, contents: chat.contents.map((range) => (range === null ? [] : [tokensWithin(offsets, range)])) };
}

function tokensWithin(offsets: Int32Array, [from, to]: Range): Range {
  const begins = (token: number): number => offsets[2 * token] ?? 0;
  const ends = (token: number): number => offsets[2 * token + 1] ?? 0;
  const count = offsets.length / 2;
  let first = 0;
  while (first < count && begins(first) < from) first++;
  let after = first;
  while (after < count && begins(after) < to && ends(after) <= to) after++;
  return [first, after];
}
