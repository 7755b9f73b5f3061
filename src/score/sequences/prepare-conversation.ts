import type { Example } from '../../rows/example.js';
import { ChatTemplateRefusal } from '../../text/chat-template.js';
import type { Tokenizer } from '../../text/tokenizer.js';
import { checkIds } from './check-ids.js';
import type { PrepareOptions } from './prepare-options.js';
import type { LossParts, PreparedRow } from './prepared-row.js';
import type { ConversationRecipe } from '../recipes/recipe.js';
import { partsOf, RowBuilder, unscored, type Problem, type Range } from './row-builder.js';
import { firstToken, tokeniseDialog, type TokenisedDialog } from './tokenise-dialog.js';
import { dialogOf, type DialogMessage } from './turns.js';

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
    tokenised = await tokeniseDialog(recipe, dialog, tokenizer, options);
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

  let problem: Problem | null = null;
  if (lossAGivenQ.length === 0 && length > limit) {
    problem = ['too_long', `what precedes the response fills the limit of ${limit} tokens`];
  } else if (lossAGivenQ.length === 0) {
    problem = ['response_too_short', 'the response has no token of its own'];
  } else if (lossQ.length === 0) {
    problem = ['instruction_too_short', 'the instruction has no token with another before it'];
  }
  return row.finish(problem, {
    turn,
    lossQ,
    lossAGivenQ,
    lossA: partsOf(...alone.flat()),
    turns:
      answers.length > 1
        ? zip(answers, alone).map(([answer, own]) => ({ lossAGivenQ: lossesOf([answer]), lossA: partsOf(...own) }))
        : [],
    tokensInstruction,
    truncated: length > limit,
  });
}

const zip = <A, B>(left: readonly A[], right: readonly B[]): [A, B][] =>
  left.flatMap((value, i): [A, B][] => {
    const other = right[i];
    return other === undefined ? [] : [[value, other]];
  });
