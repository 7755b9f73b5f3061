import { EvosiftError } from '../../base/errors.js';
import type { Tools } from '../../rows/example.js';
import { splitThought, type PartName, type Place } from '../../rows/message-parts.js';
import { codePointPositions } from '../../text/code-points.js';
import type { Tokenizer } from '../../text/tokenizer.js';
import { answerText } from './answer-text.js';
import { encodeChat } from './encode-chat.js';
import type { PrepareOptions } from './prepare-options.js';
import type { ConversationLayout, ConversationRecipe } from '../recipes/recipe.js';
import type { Range } from './row-builder.js';
import { tokensWithin } from './tokens-within.js';
import type { DialogMessage } from './turns.js';

/**
 * The tokens that a message's parts became (an input is a second range of the text); null for a part that it has not or
 * that is left out.
 */
export type TokenisedParts = Readonly<Record<PartName, readonly Range[] | null>> & {
  /** Parts that the model's own template makes something else of. */
  readonly rewritten: readonly PartName[];
};

/** A conversation tokenised, and the parts of its messages. */
export interface TokenisedDialog {
  readonly ids: Int32Array;
  readonly messages: readonly TokenisedParts[];
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
  tools: Tools | undefined,
  tokenizer: Tokenizer,
  options: PrepareOptions,
): Promise<TokenisedDialog> {
  return options.template === 'chat'
    ? tokeniseChat(dialog, tools, tokenizer, options)
    : tokeniseLayout(recipe.layouts[options.template], dialog, tokenizer, options);
}

/** A piece of a conversation's text. */
interface Segment {
  readonly text: string;
  /** Whose content it is; null for the words of the layout. */
  readonly message: number | null;
}

/** Segments are tokenised apart, so that no token has a part in both a content and the words around it. */
async function tokeniseLayout(
  layout: ConversationLayout,
  dialog: readonly DialogMessage[],
  tokenizer: Tokenizer,
  { specialTokens }: PrepareOptions,
): Promise<TokenisedDialog> {
  const encoded = await Promise.all(
    segmentsOf(layout, dialog).map(async (segment) => {
      const options = { addSpecialTokens: false, ...(segment.message !== null && { specialTokens }) };
      const { thought, text, behind } = placesIn(segment, dialog);
      if (behind === 0) return { ...segment, ids: await tokenizer.encode(segment.text, options) };
      const encoding = await tokenizer.encodeWithOffsets(segment.text, options);
      const position = codePointPositions(segment.text);
      const within = (place: Place | null): Range[] =>
        place === null ? [] : [tokensWithin(encoding, [position(place[0]), position(place[1])], segment.text)];
      return { ...segment, ids: encoding.ids, reasoning: within(thought), own: within(text) };
    }),
  );
  const ids = new Int32Array(encoded.reduce((sum, segment) => sum + segment.ids.length, 1));
  ids[0] = firstToken(tokenizer);
  const messages = dialog.map(() => ({ reasoning: [] as Range[], text: [] as Range[] }));
  let at = 1;
  for (const segment of encoded) {
    ids.set(segment.ids, at);
    const shifted = (ranges: readonly Range[]): Range[] => ranges.map(([from, to]) => [at + from, at + to]);
    const parts = segment.message === null ? undefined : messages[segment.message];
    parts?.reasoning.push(...shifted('reasoning' in segment ? segment.reasoning : []));
    parts?.text.push(...shifted('own' in segment ? segment.own : [[0, segment.ids.length]]));
    at += segment.ids.length;
  }
  return { ids, messages: messages.map((parts) => ({ ...parts, calls: null, rewritten: [] })) };
}

/** Where in an answer's text its thought stands, and the text proper. */
function placesIn({ text, message }: Segment, dialog: readonly DialogMessage[]): ReturnType<typeof splitThought> {
  const isAnswer = message !== null && dialog[message]?.role === 'assistant';
  return isAnswer ? splitThought(text) : { thought: null, text: null, behind: 0 };
}

/** Contents with their message's index, and between them the words of the layout, as few segments as there can be. */
function segmentsOf(layout: ConversationLayout, dialog: readonly DialogMessage[]): Segment[] {
  const segments: Segment[] = [];
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
    if (message.role === 'assistant') {
      content(answerText(message, 'include').text, i);
    } else if (message.input === '' || layout.input === null) {
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

/** The model's own template. @throws as `tokeniseDialog`. */
export async function tokeniseChat(
  dialog: readonly DialogMessage[],
  tools: Tools | undefined,
  tokenizer: Tokenizer,
  { templateKwargs, specialTokens }: Pick<PrepareOptions, 'templateKwargs' | 'specialTokens'>,
): Promise<TokenisedDialog> {
  const messages = dialog.map((message) => ({ ...message, content: joinInput(message) }));
  const chat = tokenizer.chatTemplate.renderWithParts(messages, { tools, kwargs: templateKwargs });
  const encoding = await encodeChat(chat, tokenizer, specialTokens);
  const within = (place: Place | null): Range[] | null => place && [tokensWithin(encoding, place, chat.text)];
  return {
    ids: encoding.ids,
    messages: chat.parts.map(({ reasoning, text, calls, rewritten }) => ({
      reasoning: within(reasoning),
      text: within(text),
      calls: within(calls),
      rewritten,
    })),
  };
}
