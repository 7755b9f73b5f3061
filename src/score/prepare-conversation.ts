import type { Example, ReasonCode } from '../data/example.js';
import { EvosiftError } from '../errors.js';
import { ChatTemplateRefusal } from '../text/chat-template.js';
import type { Tokenizer } from '../text/tokenizer.js';
import { checkIds } from './check-ids.js';
import type { PrepareOptions } from './prepare-options.js';
import type { LossParts, PreparedRow } from './prepared-row.js';
import type { ConversationLayout, ConversationRecipe } from './recipes/recipe.js';
import { partsOf, RowBuilder, unscored, type Range } from './row-builder.js';
import { dialogOf, type DialogMessage } from './turns.js';

/** A conversation tokenised, and the tokens that each message's contents became (a user's input is a second one). */
interface TokenisedDialog {
  readonly ids: Int32Array;
  readonly contents: readonly (readonly Range[])[];
}

/** An assistant turn: its number, and where in the conversation it stands. */
interface Answer {
  readonly turn: number;
  readonly message: number;
  readonly blank: boolean;
}

/** Prepares a row of any number of turns: whole, or by assistant turn where `turns` says so. */
export async function prepareConversation(
  recipe: ConversationRecipe,
  example: Example,
  tokenizer: Tokenizer,
  options: PrepareOptions,
): Promise<PreparedRow[]> {
  const dialog = dialogOf(example);
  const answers = dialog.flatMap((one, message): Answer[] =>
    one.turn === null ? [] : [{ turn: one.turn, message, blank: isBlank(one) }],
  );
  if (answers.length === 0) return [unscored('no_assistant_turn', 'no assistant message follows a user message')];
  if (dialog.every((message) => message.role === 'assistant' || message.role === 'system' || isBlank(message))) {
    return [unscored('empty_instruction', 'the instruction is empty')];
  }
  if (answers.every(({ blank }) => blank)) return [unscored('empty_response', 'the response is empty')];

  let tokenised: TokenisedDialog;
  try {
    tokenised = await tokenise(recipe, dialog, tokenizer, options);
  } catch (error) {
    if (!(error instanceof ChatTemplateRefusal)) throw error;
    return [unscored('malformed_row', `the model's chat template refuses this row: ${error.message}`)];
  }
  checkIds([tokenised.ids, Int32Array.of(firstToken(tokenizer))], tokenizer, options.vocabSize);

  const prepare = (chosen: readonly Answer[], turn: number | null): PreparedRow =>
    prepareAnswers(recipe, dialog, tokenised, chosen, turn, tokenizer, options);
  if (options.turns === 'reject') return [prepare(answers, null)];
  return (options.turns === 'last' ? answers.slice(-1) : answers).map((answer) => prepare([answer], answer.turn));
}

const isBlank = ({ content, input }: DialogMessage): boolean => `${content}${input}`.trim() === '';

/** Scores the chosen answers, and what was asked up to the last of them. */
function prepareAnswers(
  recipe: ConversationRecipe,
  dialog: readonly DialogMessage[],
  tokenised: TokenisedDialog,
  chosen: readonly Answer[],
  turn: number | null,
  tokenizer: Tokenizer,
  { limit, overflow }: PrepareOptions,
): PreparedRow {
  if (chosen.every(({ blank }) => blank)) return unscored('empty_response', 'the response is empty', { turn });
  const contentsOf = (message: number): readonly Range[] => tokenised.contents[message] ?? [];
  const asked = dialog
    .slice(0, chosen.at(-1)?.message)
    .flatMap(({ role }, i) => (recipe.questionRoles.includes(role) ? contentsOf(i) : []));
  const answers = chosen.map(({ message, blank }): Range => (blank ? undefined : contentsOf(message)[0]) ?? [0, 0]);
  const tokensInstruction = asked.reduce((sum, [from, to]) => sum + to - from, 0);
  const length = Math.max(...[...asked, ...answers].map(([, to]) => to));
  if (length > limit && overflow === 'skip') {
    return unscored('too_long', `${length} tokens; the limit is ${limit}`, { turn, tokensInstruction });
  }

  const ids = tokenised.ids.slice(0, Math.min(length, limit));
  const row = new RowBuilder();
  const inOrder = [...asked, ...answers].sort(([a], [b]) => a - b);
  const losses = new Map(zip(inOrder, row.add(ids, inOrder)));
  const lossesOf = (ranges: readonly Range[]): LossParts => partsOf(...ranges.map((range) => losses.get(range)));
  const first = firstToken(tokenizer);
  const alone = answers.map(([from, to]) => {
    const tokens = ids.subarray(from, to);
    const sequence = new Int32Array(1 + tokens.length);
    sequence[0] = first;
    sequence.set(tokens, 1);
    return row.add(sequence, [[1, sequence.length]]);
  });
  const lossQ = lossesOf(asked);
  const lossAGivenQ = lossesOf(answers);

  let problem: readonly [ReasonCode, string] | null = null;
  if (lossAGivenQ.length === 0 && length > limit) {
    problem = ['too_long', `what precedes the response fills the limit of ${limit} tokens`];
  } else if (lossAGivenQ.length === 0) {
    problem = ['response_too_short', 'the response has no token of its own'];
  } else if (lossQ.length === 0) {
    problem = ['instruction_too_short', 'the instruction has no token with another before it'];
  }
  const [reason, detail] = problem ?? [null, ''];
  return {
    reason,
    detail,
    turn,
    sequences: row.sequences,
    lossQ,
    lossAGivenQ,
    lossA: partsOf(...alone.flat()),
    turns:
      answers.length > 1
        ? zip(answers, alone).map(([answer, own]) => ({ lossAGivenQ: lossesOf([answer]), lossA: partsOf(...own) }))
        : [],
    tokensInstruction,
    truncated: length > limit,
  };
}

const zip = <A, B>(left: readonly A[], right: readonly B[]): [A, B][] =>
  left.flatMap((value, i): [A, B][] => {
    const other = right[i];
    return other === undefined ? [] : [[value, other]];
  });

/** What an answer alone, and a conversation in a layout of ours, begins with. */
function firstToken(tokenizer: Tokenizer): number {
  const id = tokenizer.bosId ?? tokenizer.eosId;
  if (id !== null) return id;
  throw new EvosiftError(
    'unsupported_tokenizer',
    `The recipe aligned needs a tokenizer with a BOS or EOS token; that in ${tokenizer.directory} names neither.\n` +
      `Name one in its tokenizer_config.json (bos_token, eos_token), or use another recipe.`,
  );
}

function tokenise(
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
