export type Role = 'system' | 'user' | 'assistant' | 'tool';

export interface Message {
  readonly role: Role;
  readonly content: string;
}

/** One instruction with its response: what Alpaca-like rows hold. */
export interface Exchange {
  readonly kind: 'exchange';
  readonly instruction: string;
  /** The instruction's input; empty where there is none. */
  readonly input: string;
  readonly response: string;
  /** Used by the `aligned` recipe, counted as ignored elsewhere; empty where there is none. */
  readonly system: string;
  /** Earlier [user, assistant] pairs; rows that have some count as more than one exchange. */
  readonly history: readonly (readonly [string, string])[];
}

/** Messages in order: what ShareGPT and messages rows hold. */
export interface Conversation {
  readonly kind: 'conversation';
  readonly messages: readonly Message[];
}

/** What a row says, whatever its format was. */
export type Example = Exchange | Conversation;

/** Why a row has no score. */
export type ReasonCode =
  | 'empty_instruction'
  | 'empty_response'
  | 'instruction_too_short'
  | 'response_too_short'
  | 'too_long'
  | 'malformed_row'
  | 'multi_turn'
  | 'no_assistant_turn'
  | 'unknown_role'
  | 'non_text_content'
  | 'non_finite'
  | 'worker_failed';

/** A row read: an example with its content hash, or the reason why it is none. */
export type ParsedRow =
  | { readonly ok: true; readonly id: string | number | null; readonly hash: string; readonly example: Example }
  | { readonly ok: false; readonly id: string | number | null; readonly reason: ReasonCode; readonly detail: string };
