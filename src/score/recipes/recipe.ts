import type { Role } from '../../rows/example.js';

export type RecipeName = 'paper' | 'superfiltering' | 'cherry' | 'aligned';

export const TEMPLATES = ['bare', 'alpaca', 'chat'] as const;
export type TemplateName = (typeof TEMPLATES)[number];

/** What every recipe says about itself. */
interface RecipeCard {
  readonly name: RecipeName;
  /** One line for a list of recipes. */
  readonly summary: string;
  readonly source: { readonly title: string; readonly paper: string; readonly code: string | null };
  /** How a row's texts may be joined; the first is the default. */
  readonly templates: readonly [TemplateName, ...TemplateName[]];
  /** The field that the recipe's authors rank by. */
  readonly ranksBy: 'ic_ifd' | 'ifd' | 'ifd_ppl';
  /** What the recipe's authors keep of the ranked rows, in words. */
  readonly selection: string;
  /** Perplexities, and their ratio, belong to the recipe's report. */
  readonly reportsPpl: boolean;
  /** The most tokens of a sequence where the caller names no number; null: the model's context. */
  readonly maxLength: number | null;
}

/** A piece of a pass's text: the prompt, the response, or fixed words. */
export type Segment = 'prompt' | 'response' | { readonly literal: string };

/** Segments [from, to) of a pass. A sequence's first token is never a target. */
export type SegmentSpan = readonly [from: number, to: number];

/**
 * A recipe for one instruction and its response. A pass's segments are joined and tokenised as one text, special
 * tokens included; where a segment ends is the token count of the text up to there, tokenised by itself, which is how
 * the published scripts find the answer (and why a token across the boundary counts as the answer's).
 */
export interface ExchangeRecipe extends RecipeCard {
  readonly kind: 'exchange';
  /** The prompt with and without an input; `{instruction}` and `{input}` are filled in. */
  readonly prompt: { readonly withInput: string; readonly withoutInput: string };
  /** The response in its context: begins with the prompt. */
  readonly whole: readonly ['prompt', ...Segment[]];
  /** The response alone. */
  readonly direct: readonly Segment[];
  /** L(Q) and L(A|Q) are means over spans of `whole`, L(A) over a span of `direct`. */
  readonly losses: { readonly q: SegmentSpan; readonly aGivenQ: SegmentSpan; readonly a: SegmentSpan };
  readonly truncation: {
    /** `always`: rows are cut to length by definition. `on-request`: what does not fit is unscored, unless asked. */
    readonly when: 'always' | 'on-request';
    /** `direct` is cut to the length limit less the prompt's tokens (at most the limit) plus this. */
    readonly directMargin: number;
  };
}

/** How messages become one text, segment by segment. */
export interface ConversationLayout {
  /** Stands first where there is no system message; the second where the first user message has an input. */
  readonly opening: { readonly plain: string; readonly withInput: string };
  /** Stands before each message of that role. */
  readonly before: Readonly<Record<Role, string>>;
  /** Between two messages. */
  readonly separator: string;
  /** Between an instruction and its input, as words of the layout; null: a newline, as part of the content. */
  readonly input: string | null;
}

/**
 * A recipe for a whole conversation: contents are scored with all that precedes them, and each answer alone after
 * the same first token, so that both passes score the same tokens.
 */
export interface ConversationRecipe extends RecipeCard {
  readonly kind: 'conversation';
  /** Layouts whose segments are tokenised apart. The template `chat` is the model's own. */
  readonly layouts: Readonly<Record<Exclude<TemplateName, 'chat'>, ConversationLayout>>;
  /** Roles whose contents L(Q) averages. L(A|Q) and L(A) average the contents of the assistant. */
  readonly questionRoles: readonly Role[];
}

export type Recipe = ExchangeRecipe | ConversationRecipe;
