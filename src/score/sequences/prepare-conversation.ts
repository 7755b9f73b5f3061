import type { Example } from '../../rows/example.js';
import { hasCalls, messageParts, type PartName } from '../../rows/message-parts.js';
import { ChatTemplateRefusal } from '../../text/chat-template-refusal.js';
import type { Tokenizer } from '../../text/tokenizer.js';
import { emptyAnswer } from './answer-text.js';
import { checkIds } from '../../text/check-ids.js';
import type { PrepareOptions } from './prepare-options.js';
import type { LossParts, PreparedRow } from './prepared-row.js';
import type { ConversationRecipe } from '../recipes/recipe.js';
import { partsOf, RowBuilder, tooManyCharacters, unscored, type Problem, type Range } from './row-builder.js';
import { firstToken, tokeniseDialog, type TokenisedDialog } from './tokenise-dialog.js';
import { dialogOf, type DialogMessage } from './turns.js';

/** An assistant turn: its number, where in the conversation it stands, and what it has. */
interface Answer {
  readonly turn: number;
  readonly message: number;
  readonly parts: readonly PartName[];
}

/** The parts of an answer that count. */
const COUNTED: Readonly<Record<PrepareOptions['reasoning'], readonly PartName[]>> = {
  include: ['reasoning', 'text', 'calls'],
  exclude: ['text', 'calls'],
  only: ['reasoning'],
};

/** Prepares a row of any number of turns: whole, or by assistant turn where `turns` says so. */
export async function prepareConversation(
  recipe: ConversationRecipe,
  example: Example,
  tokenizer: Tokenizer,
  options: PrepareOptions,
): Promise<PreparedRow[]> {
  const whole = dialogOf(example);
  const dialog =
    options.overflow === 'skip'
      ? whole
      : whole.map((one) => cutMessage(one, (text) => tokenizer.cut(text, options.limit)));
  const answers = dialog.flatMap((one, message): Answer[] =>
    one.turn === null ? [] : [{ turn: one.turn, message, parts: partNames(one) }],
  );
  if (answers.length === 0) return [unscored('no_assistant_turn', 'no assistant message follows a user message')];
  if (dialog.every((message) => message.role === 'assistant' || message.role === 'system' || isBlank(message))) {
    return [unscored('empty_instruction', 'the instruction is empty')];
  }
  if (answers.every((answer) => isEmpty(answer, options))) return [noAnswer(answers, null, options)];
  if (options.template !== 'chat' && dialog.some(hasCalls)) {
    const detail = `tool calls have no form in the template ${options.template}; score them with aligned --template chat`;
    return [unscored('tool_calls', detail)];
  }
  const tokenise = (shown: readonly DialogMessage[]): Promise<TokenisedDialog> =>
    tokeniseDialog(recipe, shown, example.tools, tokenizer, options);
  if (options.turns === 'reject') {
    return [await prepareAnswers(recipe, dialog, answers, null, tokenise, tokenizer, options)];
  }
  const chosen = options.turns === 'last' ? answers.slice(-1) : answers;
  const canShare = options.template !== 'chat' && !tokenizer.exceeds(leastText(dialog), options.limit);
  const shared = canShare ? tokenise(dialog) : null;
  return Promise.all(
    chosen.map((one) => {
      // The model's own template may lay out the last turn otherwise than those before it: each is shown as the last.
      const shown = dialog.slice(0, one.message + 1);
      return prepareAnswers(recipe, shown, [one], one.turn, () => shared ?? tokenise(shown), tokenizer, options);
    }),
  );
}

/** The message without what lies far beyond the most tokens of a sequence. */
function cutMessage(message: DialogMessage, cut: (text: string) => string): DialogMessage {
  const { content, input, fields } = message;
  const cutFields =
    fields &&
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value]),
    );
  return {
    ...message,
    content: cut(content),
    input: cut(input),
    ...(cutFields !== undefined && { fields: cutFields }),
  };
}

/** What a conversation shows at least: a template may leave out all thoughts but the last. */
const leastText = (dialog: readonly DialogMessage[]): string =>
  dialog
    .map((message, i) => {
      const { content, input } = message;
      const { field, text } = messageParts(message);
      if (i === dialog.length - 1) return `${field?.text ?? ''}${content}`;
      return `${text === null ? '' : content.slice(...text)}${input}`;
    })
    .join('');

const isBlank = ({ content, input }: DialogMessage): boolean => `${content}${input}`.trim() === '';

const isEmpty = ({ parts }: Answer, { reasoning }: PrepareOptions): boolean =>
  !parts.some((part) => COUNTED[reasoning].includes(part));

const noAnswer = (answers: readonly Answer[], turn: number | null, { reasoning }: PrepareOptions): PreparedRow =>
  unscored(
    'empty_response',
    emptyAnswer(
      reasoning,
      answers.some(({ parts }) => parts.includes('reasoning')),
    ),
    { turn },
  );

function partNames(message: DialogMessage): PartName[] {
  const { field, thought, text } = messageParts(message);
  const names: PartName[] = field !== null || thought !== null ? ['reasoning'] : [];
  if (text !== null) names.push('text');
  return hasCalls(message) ? [...names, 'calls'] : names;
}

/** Scores the chosen answers of a conversation, and what was asked up to the last of them. */
async function prepareAnswers(
  recipe: ConversationRecipe,
  dialog: readonly DialogMessage[],
  chosen: readonly Answer[],
  turn: number | null,
  tokenise: (dialog: readonly DialogMessage[]) => Promise<TokenisedDialog>,
  tokenizer: Tokenizer,
  options: PrepareOptions,
): Promise<PreparedRow> {
  if (chosen.every((answer) => isEmpty(answer, options))) return noAnswer(chosen, turn, options);
  const text = leastText(dialog);
  if (options.overflow === 'skip' && tokenizer.exceeds(text, options.limit)) {
    return unscored('too_long', tooManyCharacters(text, options.limit), { turn });
  }
  let tokenised: TokenisedDialog;
  try {
    tokenised = await tokenise(dialog);
  } catch (error) {
    if (!(error instanceof ChatTemplateRefusal)) throw error;
    return unscored('malformed_row', `the model's chat template refuses this row: ${error.message}`, { turn });
  }
  checkIds([tokenised.ids, Int32Array.of(firstToken(tokenizer))], tokenizer, options.vocabSize);
  const lost = lostPart(recipe, dialog, chosen, tokenised, options);
  if (lost !== null) return unscored('template_rewrites', lost, { turn });

  const { limit, overflow } = options;
  const rangesOf = (message: number, part: PartName): readonly Range[] => tokenised.messages[message]?.[part] ?? [];
  const asked = dialog
    .slice(0, chosen.at(-1)?.message)
    .flatMap(({ role }, i) => (recipe.questionRoles.includes(role) ? rangesOf(i, 'text') : []));
  const parts = chosen.map(({ message, parts: names }) =>
    names.flatMap((part) => rangesOf(message, part).map((range) => ({ part, range }))),
  );
  const answers = parts.map((found) =>
    found.filter(({ part }) => COUNTED[options.reasoning].includes(part)).map(({ range }) => range),
  );
  const tokensInstruction = asked.reduce((sum, [from, to]) => sum + to - from, 0);
  const inOrder = [...asked, ...parts.flat().map(({ range }) => range)].sort(([a], [b]) => a - b);
  const length = Math.max(0, ...inOrder.map(([, to]) => to));
  if (length > limit && overflow === 'skip') {
    return unscored('too_long', `${length} tokens; the limit is ${limit}`, { turn, tokensInstruction });
  }

  const ids = tokenised.ids.slice(0, Math.min(length, limit));
  const row = new RowBuilder();
  const losses = new Map(zip(inOrder, row.add(ids, inOrder)));
  const lossesOf = (ranges: readonly Range[]): LossParts => partsOf(...ranges.map((range) => losses.get(range)));
  const first = firstToken(tokenizer);
  const alone = answers.map((ranges) => {
    const tokens = ranges.flatMap(([from, to]) => [...ids.subarray(from, to)]);
    const sequence = Int32Array.of(first, ...tokens);
    return row.add(sequence, [[1, sequence.length]]);
  });
  const lossQ = lossesOf(asked);
  const lossAGivenQ = lossesOf(answers.flat());

  let problem: Problem | null = null;
  if (lossAGivenQ.length === 0 && length > limit) {
    problem = ['too_long', `what precedes the response fills the limit of ${limit} tokens`];
  } else if (lossAGivenQ.length === 0) {
    problem = ['response_too_short', 'the response has no token of its own'];
  } else if (lossQ.length === 0) {
    problem = ['instruction_too_short', 'the instruction has no token with another before it'];
  }
  const lossesOfPart = (part: PartName): LossParts =>
    lossesOf(parts.flat().flatMap((one) => (one.part === part ? [one.range] : [])));
  const hasParts = chosen.some(({ parts: names }) => names.some((part) => part !== 'text'));
  return row.finish(problem, {
    turn,
    lossQ,
    lossAGivenQ,
    lossA: partsOf(...alone.flat()),
    parts: hasParts
      ? { reasoning: lossesOfPart('reasoning'), text: lossesOfPart('text'), calls: lossesOfPart('calls') }
      : null,
    turns:
      answers.length > 1
        ? zip(answers, alone).map(([answer, own]) => ({ lossAGivenQ: lossesOf(answer), lossA: partsOf(...own) }))
        : [],
    tokensInstruction,
    truncated: length > limit,
  });
}

/** A part that is to be scored and that the model's own template has lost, as a sentence; null where there is none. */
function lostPart(
  recipe: ConversationRecipe,
  dialog: readonly DialogMessage[],
  chosen: readonly Answer[],
  { messages }: TokenisedDialog,
  { reasoning }: PrepareOptions,
): string | null {
  const last = chosen.at(-1)?.message ?? 0;
  const askedText = dialog
    .slice(0, last)
    .findIndex(
      ({ role }, i) => recipe.questionRoles.includes(role) && messages[i]?.rewritten.includes('text') === true,
    );
  if (askedText >= 0) return lostSentence('makes something else of', 'text', askedText, dialog);
  for (const { message, parts } of chosen) {
    const tokenised = messages[message];
    for (const part of parts.filter((one) => COUNTED[reasoning].includes(one))) {
      if (tokenised?.rewritten.includes(part) === true) {
        return lostSentence('makes something else of', part, message, dialog);
      }
      // Templates that show the last thought only leave out the earlier ones.
      const mayBeLeftOut = part === 'reasoning' && message < dialog.length - 1;
      if (tokenised?.[part] === null && !mayBeLeftOut) return lostSentence('leaves out', part, message, dialog);
    }
  }
  return null;
}

const PART_TEXTS: Readonly<Record<PartName, string>> = { reasoning: 'reasoning', text: 'text', calls: 'tool calls' };

function lostSentence(what: string, part: PartName, message: number, dialog: readonly DialogMessage[]): string {
  const sentence = `the model's chat template ${what} the ${PART_TEXTS[part]} of message ${message + 1}`;
  const role = dialog[message]?.role ?? '';
  return `${sentence} (${role})${part === 'reasoning' ? '; `reasoning: exclude` scores what there is without it' : ''}`;
}

const zip = <A, B>(left: readonly A[], right: readonly B[]): [A, B][] =>
  left.flatMap((value, i): [A, B][] => {
    const other = right[i];
    return other === undefined ? [] : [[value, other]];
  });
