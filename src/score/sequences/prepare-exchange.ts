import type { Tokenizer } from '../../text/tokenizer.js';
import { checkIds } from './check-ids.js';
import type { PrepareOptions } from './prepare-options.js';
import type { PreparedRow } from './prepared-row.js';
import type { ExchangeRecipe, Segment, SegmentSpan } from '../recipes/recipe.js';
import { partsOf, RowBuilder, unscored, type Problem, type Range } from './row-builder.js';
import type { Turn } from './turns.js';

/** A pass tokenised: its ids, uncut, and where each of its segments begins; the last entry is where it ends. */
interface TokenisedPass {
  readonly ids: Int32Array;
  readonly starts: readonly number[];
}

/** Prepares one instruction and its response. @param turn The assistant turn to name, or null for a whole row. */
export async function prepareExchange(
  recipe: ExchangeRecipe,
  { instruction, input, response }: Turn,
  turn: number | null,
  tokenizer: Tokenizer,
  options: PrepareOptions,
): Promise<PreparedRow> {
  if (`${instruction}${input}`.trim() === '')
    return unscored('empty_instruction', 'the instruction is empty', { turn });
  const prompt = fill(input === '' ? recipe.prompt.withoutInput : recipe.prompt.withInput, { instruction, input });
  const texts = (segments: readonly Segment[]): string[] =>
    segments.map((segment) => {
      if (segment === 'prompt') return prompt;
      return segment === 'response' ? response : segment.literal;
    });
  const isBlank = response.trim() === '';
  const [whole, direct] = await Promise.all([
    tokenisePass(texts(recipe.whole), tokenizer),
    isBlank ? NO_PASS : tokenisePass(texts(recipe.direct), tokenizer),
  ]);
  checkIds([whole.ids, direct.ids], tokenizer, options.vocabSize);

  const promptTokens = whole.starts[1] ?? 0;
  const { limit } = options;
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
  const answer: Range = isBlank ? [0, 0] : rangeOf(whole, aGivenQ);
  const [rangeQ, rangeAGivenQ] = row.add(wholeIds, [rangeOf(whole, q), answer]);
  const [rangeA] = row.add(directIds, [rangeOf(direct, a)]);
  const losses = { lossQ: partsOf(rangeQ), lossAGivenQ: partsOf(rangeAGivenQ), lossA: partsOf(rangeA) };
  const cutWhole = wholeIds.length < whole.ids.length;
  const cutDirect = directIds.length < direct.ids.length;

  let problem: Problem | null = null;
  if (isBlank) {
    problem = ['empty_response', 'the response is empty'];
  } else if (losses.lossAGivenQ.length === 0 && cutWhole) {
    problem = ['too_long', `the prompt alone has ${promptTokens} tokens; the limit is ${limit}`];
  } else if (losses.lossA.length === 0 && cutDirect) {
    problem = ['too_long', `the prompt's ${promptTokens} tokens leave the response too few of the limit of ${limit}`];
  } else if (losses.lossQ.length === 0) {
    problem = ['instruction_too_short', 'the instruction has no token with another before it'];
  } else if (losses.lossA.length === 0 || losses.lossAGivenQ.length === 0) {
    problem = ['response_too_short', 'the response has no token with another before it'];
  }
  return row.finish(problem, {
    turn,
    ...losses,
    turns: [],
    tokensInstruction: promptTokens,
    truncated: cutWhole || cutDirect,
  });
}

const NO_PASS: TokenisedPass = { ids: new Int32Array(0), starts: [] };

/** One pass over the template, so that a text which holds "{input}" stays as it is. */
const fill = (template: string, fields: { readonly instruction: string; readonly input: string }): string =>
  template.replace(/\{(instruction|input)\}/g, (_, name: string) =>
    name === 'input' ? fields.input : fields.instruction,
  );

async function tokenisePass(texts: readonly string[], tokenizer: Tokenizer): Promise<TokenisedPass> {
  const inner = texts.slice(1).map((_, i) => tokenizer.count(texts.slice(0, i + 1).join('')));
  const [ids, ...starts] = await Promise.all([tokenizer.encode(texts.join('')), ...inner]);
  return { ids, starts: [0, ...starts, ids.length] };
}

const rangeOf = (pass: TokenisedPass, [from, to]: SegmentSpan): Range => [pass.starts[from] ?? 0, pass.starts[to] ?? 0];
