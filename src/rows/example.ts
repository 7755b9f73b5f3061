import type { RowFormat } from './row-layout.js';

export type Role = 'system' | 'user' | 'assistant' | 'tool';

/** A message of a conversation. `messageParts` tells its reasoning, its text and its tool calls apart. */
export interface Message {
  readonly role: Role;
  /** The text as the row has it, with a thought that is written into it; empty where there is none. */
  readonly content: string;
  /** What else the row's message holds, under the names that chat templates read: reasoning_content, tool_calls, … */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The content is a text of tool calls. */
  readonly callsInText?: true;
  /** An assistant message that is read but not learnt from, nor scored: `weight` 0 or `train` false. */
  readonly context?: true;
}

/** Descriptions of tools, as chat templates take them. */
export type Tools = readonly Readonly<Record<string, unknown>>[];

/** One instruction with its response: what Alpaca-like rows hold. */
export interface Exchange {
  readonly kind: 'exchange';
  readonly instruction: string;
  /** The instruction's input; empty where there is none. */
  readonly input: string;
  readonly response: string;
  /** What was thought before the response, where the row has a field for it. */
  readonly reasoning?: string;
  /** Used by the `aligned` recipe, counted as ignored elsewhere; empty where there is none. */
  readonly system: string;
  /** Earlier [user, assistant] pairs; rows that have some count as more than one exchange. */
  readonly history: readonly (readonly [string, string])[];
  readonly tools?: Tools;
}

/** Messages in order: what ShareGPT and messages rows hold. */
export interface Conversation {
  readonly kind: 'conversation';
  readonly messages: readonly Message[];
  readonly tools?: Tools;
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
  | 'tool_calls'
  | 'template_rewrites'
  | 'non_finite'
  | 'worker_failed';

/** A row read: an example with its content hash, or the reason why it is none. */
export type ParsedRow = {
  readonly id: string | number | null;
  /** The row's own format, where it is not the one that is settled for all. */
  readonly format?: RowFormat;
} & (
  | { readonly ok: true; readonly hash: string; readonly example: Example }
  | { readonly ok: false; readonly reason: ReasonCode; readonly detail: string }
);
