import { hasCalls } from '../../rows/message-parts.js';
import { codePointPositions } from '../../text/code-points.js';
import type { Tokenizer } from '../../text/tokenizer.js';
import { answerText, emptyAnswer } from './answer-text.js';
import { checkIds } from '../../text/check-ids.js';
import type { PrepareOptions } from './prepare-options.js';
import type { PreparedRow } from './prepared-row.js';
import type { ExchangeRecipe, Segment, SegmentSpan } from '../recipes/recipe.js';
import { tokensBefore } from './tokens-within.js';
import { partsOf, RowBuilder, tooManyCharacters, unscored, type Problem, type Range } from './row-builder.js';
import type { Turn } from './turns.js';

/** A pass tokenised: its ids, uncut, and where each of its segments begins; the last entry is where it ends. */
interface TokenisedPass {
  readonly ids: Int32Array;
  readonly starts: readonly number[];
  /** Where the response's reasoning ends; null where it has none. */
  readonly thoughtEnd: number | null;
}

/** Prepares one instruction and its response. @param turn The assistant turn to name, or null for a whole row. */
export async function prepareExchange(
  recipe: ExchangeRecipe,
  { instruction, input, answer }: Turn,
  turn: number | null,
  tokenizer: Tokenizer,
  options: PrepareOptions,
): Promise<PreparedRow> {
  if (`${instruction}${input}`.trim() === '')
    return unscored('empty_instruction', 'the instruction is empty', { turn });
  if (hasCalls(answer)) {
    const detail = `tool calls have no form in the recipe ${recipe.name}; score them with aligned --template chat`;
    return unscored('tool_calls', detail, { turn });
  }
  const { limit } = options;
  const { text: response, thought, reasons } = answerText(answer, options.reasoning);
  const prompt = fill(input === '' ? recipe.prompt.withoutInput : recipe.prompt.withInput, { instruction, input });
  const mayCut = recipe.truncation.when === 'always' || options.overflow === 'truncate';
  if (tokenizer.exceeds(prompt, limit) || (!mayCut && tokenizer.exceeds(response, limit))) {
    return unscored('too_long', tooManyCharacters(`${prompt}${response}`, limit), { turn });
  }
  const texts = (segments: readonly Segment[]): string[] =>
    segments.map((segment) => {
      if (segment === 'prompt') return prompt;
      return segment === 'response' ? tokenizer.cut(response, limit) : segment.literal;
    });
  const isBlank = response.trim() === '';
  const encode = (segments: readonly Segment[], ofThought: number): Promise<TokenisedPass> =>
    tokenisePass(texts(segments), ofThought, tokenizer, options);
  const [whole, direct] = await Promise.all([
    encode(recipe.whole, thought),
    isBlank ? NO_PASS : encode(recipe.direct, 0),
  ]);
  checkIds([whole.ids, direct.ids], tokenizer, options.vocabSize);

  const promptTokens = whole.starts[1] ?? 0;
  const longest = Math.max(whole.ids.length, direct.ids.length);
  if (recipe.truncation.when === 'on-request' && options.overflow === 'skip' && longest > limit) {
    return unscored('too_long', `${longest} tokens; the limit is ${limit}`, { turn, tokensInstruction: promptTokens });
  }
  const wholeIds = tokenizer.truncate(whole.ids, limit);
  const cut = recipe.truncation.when === 'always' || wholeIds.length < whole.ids.length;
  const directLimit = cut ? limit - Math.min(promptTokens, limit) + recipe.truncation.directMargin : limit;
  const directIds = tokenizer.truncate(direct.ids, Math.max(directLimit, 0));

  const row = new RowBuilder();
  const { q, aGivenQ, a } = recipe.losses;
  // An instruction without a response still has its own loss.
  const [from, to]: Range = isBlank ? [0, 0] : rangeOf(whole, aGivenQ);
  const middle = Math.min(Math.max(whole.thoughtEnd ?? from, from), to);
  const [rangeQ, rangeThought, rangeText] = row.add(wholeIds, [rangeOf(whole, q), [from, middle], [middle, to]]);
  const [rangeA] = row.add(directIds, [rangeOf(direct, a)]);
  const losses = {
    lossQ: partsOf(rangeQ),
    lossAGivenQ: partsOf(joined(rangeThought, rangeText)),
    lossA: partsOf(rangeA),
  };
  const cutWhole = wholeIds.length < whole.ids.length;
  const cutDirect = directIds.length < direct.ids.length;

  let problem: Problem | null = null;
  if (isBlank) {
    problem = ['empty_response', emptyAnswer(options.reasoning, reasons)];
  } else if (losses.lossAGivenQ.length === 0 && cutWhole) {
    problem = ['too_long', `the prompt alone has ${promptTokens} tokens; the limit is ${limit}`];
  } else if (losses.lossA.length === 0 && cutDirect) {
    problem = ['too_long', `the prompt's ${promptTokens} tokens leave the response too few of the limit of ${limit}`];
  } else if (losses.lossQ.length === 0) {
    problem = ['instruction_too_short', 'the instruction has no token with another before it'];
  } else if (losses.lossA.length === 0 || losses.lossAGivenQ.length === 0) {
    problem = ['response_too_short', 'the response has no token with another before it; the recipe aligned scores it'];
  }
  return row.finish(problem, {
    turn,
    ...losses,
    parts: reasons ? { reasoning: partsOf(rangeThought), text: partsOf(rangeText), calls: partsOf() } : null,
    turns: [],
    tokensInstruction: promptTokens,
    truncated: cutWhole || cutDirect,
  });
}

const NO_PASS: TokenisedPass = { ids: new Int32Array(0), starts: [], thoughtEnd: null };

/** Two ranges, the second where the first ends, as one. */
const joined = (first: Range | undefined, second: Range | undefined): Range => [first?.[0] ?? 0, second?.[1] ?? 0];

/** One pass over the template, so that a text which holds "{input}" stays as it is. */
const fill = (template: string, fields: { readonly instruction: string; readonly input: string }): string =>
  template.replace(/\{(instruction|input)\}/g, (_, name: string) =>
    name === 'input' ? fields.input : fields.instruction,
  );

/** @param thought How much of the last text, the response, is reasoning. */
async function tokenisePass(
  texts: readonly string[],
  thought: number,
  tokenizer: Tokenizer,
  { specialTokens }: PrepareOptions,
): Promise<TokenisedPass> {
  const text = texts.join('');
  const inner = texts.slice(1).map((_, i) => tokenizer.count(texts.slice(0, i + 1).join(''), { specialTokens }));
  const whole =
    thought === 0
      ? tokenizer.encode(text, { specialTokens }).then((ids) => ({ ids, thoughtEnd: null }))
      : tokenizer.encodeWithOffsets(text, { specialTokens }).then((encoding) => {
          const end = text.length - (texts.at(-1) ?? '').length + thought;
          return { ids: encoding.ids, thoughtEnd: tokensBefore(encoding, codePointPositions(text)(end)) };
        });
  const [{ ids, thoughtEnd }, ...starts] = await Promise.all([whole, ...inner]);
  return { ids, starts: [0, ...starts, ids.length], thoughtEnd };
}

const rangeOf = (pass: TokenisedPass, [from, to]: SegmentSpan): Range => [pass.starts[from] ?? 0, pass.starts[to] ?? 0];
