import type { Completion } from '../chat.js';
import type { AttemptEnd } from '../limits/rate-limiter.js';
import type { FailureKind } from '../request-error.js';

/** What a fleet has done so far, for progress and reports. */
export interface FleetStats {
  /** Attempts that have come to an end. */
  readonly requests: number;
  /** Tokens of prompts and answers, estimated where a generator does not count them. */
  readonly tokens: number;
  readonly inFlight: number;
  /** Attempts that failed, by kind. */
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  /** Questions that the journal answered. */
  readonly journaled: number;
}

/** A token of English text is about four characters. */
const CHARACTERS_A_TOKEN = 4;

export const estimateTokens = (characters: number): number => Math.ceil(characters / CHARACTERS_A_TOKEN);

/** Tokens that a request has taken. @param prompt The estimate for its messages. */
export function tokensOf({ usage, text, reasoning }: Completion, prompt: number): number {
  const answer = usage.completionTokens ?? estimateTokens(text.length + (reasoning?.length ?? 0));
  return (usage.promptTokens ?? prompt) + answer;
}

/** Counts attempts as they end. */
export class Tally {
  journaled = 0;
  #requests = 0;
  #tokens = 0;
  readonly #failures: Partial<Record<FailureKind, number>> = {};

  count(end: AttemptEnd): void {
    this.#requests++;
    this.#tokens += end.tokens;
    if (end.status !== 'failed') return;
    const { kind } = end.failure;
    this.#failures[kind] = (this.#failures[kind] ?? 0) + 1;
  }

  stats(inFlight: number): FleetStats {
    const failures = { ...this.#failures };
    return { requests: this.#requests, tokens: this.#tokens, inFlight, failures, journaled: this.journaled };
  }
}
