export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** How an answer is drawn. A field left out is left to the generator's own default. */
export interface Sampling {
  /** 0 takes the most likely token each time. */
  readonly temperature?: number;
  readonly topP?: number;
  /** The most tokens of an answer. */
  readonly maxTokens: number;
  /** Asked of a fleet, the seed of all its requests, of which each has one of its own made. */
  readonly seed?: number;
  /** Ask for the log-probability of each token of the answer, and of the `TOP_LOGPROBS` likeliest at its place. */
  readonly logprobs?: boolean;
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly sampling: Sampling;
}

/** Why an answer ended: of itself, at `maxTokens`, by the server's filter, or for a reason of the server's own. */
export type FinishReason = 'stop' | 'length' | 'content_filter' | 'other';

/** Tokens as the generator counts them; null where it does not say. */
export interface Usage {
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
}

export interface TokenLogprob {
  readonly token: string;
  /** Natural logarithm of the token's probability. */
  readonly logprob: number;
}

/** How many of the likeliest tokens are asked for: all that servers commonly give. */
export const TOP_LOGPROBS = 5;

/** A token of an answer. */
export interface AnswerToken extends TokenLogprob {
  /** The likeliest tokens at its place, most likely first; absent where the server gave none. */
  readonly top?: readonly TokenLogprob[];
}

export interface Completion {
  readonly text: string;
  /** What a reasoning model thought before it answered; kept for the record, never used as text. Null where there is none. */
  readonly reasoning: string | null;
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  /** Null where none were asked for or given. */
  readonly logprobs: readonly AnswerToken[] | null;
}
