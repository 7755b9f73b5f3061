import type { AnswerToken, ChatMessage, Completion, FinishReason } from '../chat.js';
import type { JournalKey } from '../question.js';
import { FAILURE_KINDS, type FailureKind } from '../request-error.js';

/** What came of a request: its answer, or why it was given up on. */
export type Settled =
  | { readonly ok: true; readonly completion: Completion }
  | { readonly ok: false; readonly kind: FailureKind; readonly detail: string };

/** A line of `journal.jsonl`. Neither order nor time is in it. */
export interface JournalEntry {
  readonly key: JournalKey;
  /** As `requestHash` gives it. */
  readonly request: string;
  /** The plan's name. */
  readonly generator: string;
  /** As `modelOf` gives it. */
  readonly model: string;
  /**
   * What was sent, a system prompt included; null where that is longer than `MOST_MESSAGE_CHARACTERS`, absent from lines
   * of before messages were kept.
   */
  readonly messages?: readonly ChatMessage[] | null;
  readonly settled: Settled;
}

/** Characters of a request's messages in all that a line keeps: far more than any prompt of the pack, so that no row makes a journal grow without bound. */
export const MOST_MESSAGE_CHARACTERS = 65_536;

/** The messages as a line keeps them. */
export const keptMessages = (messages: readonly ChatMessage[]): readonly ChatMessage[] | null =>
  messages.reduce((sum, { content }) => sum + content.length, 0) > MOST_MESSAGE_CHARACTERS ? null : messages;

interface AnswerFields {
  readonly text: string;
  readonly reasoning: string | null;
  readonly finish_reason: FinishReason;
  readonly usage: { readonly prompt_tokens: number | null; readonly completion_tokens: number | null };
  readonly logprobs?: readonly AnswerToken[];
}

interface JournalFields {
  readonly key: JournalKey;
  readonly request: string;
  readonly generator: string;
  readonly model: string;
  readonly messages?: readonly ChatMessage[] | null;
  readonly answer?: AnswerFields;
  readonly failed?: { readonly kind: FailureKind; readonly detail: string };
}

/** The text of a line, line end included. */
export function journalText({ key, request, generator, model, messages, settled }: JournalEntry): string {
  const { stage, item, operation, sample, attempt } = key;
  const head = {
    key: { stage, item, operation, sample, attempt },
    request,
    generator,
    model,
    ...(messages !== undefined && { messages: messages?.map(({ role, content }) => ({ role, content })) ?? null }),
  };
  const fields: JournalFields = settled.ok
    ? { ...head, answer: answerFields(settled.completion) }
    : { ...head, failed: { kind: settled.kind, detail: settled.detail } };
  return `${JSON.stringify(fields)}\n`;
}

function answerFields({ text, reasoning, finishReason, usage, logprobs }: Completion): AnswerFields {
  return {
    text,
    reasoning,
    finish_reason: finishReason,
    usage: { prompt_tokens: usage.promptTokens, completion_tokens: usage.completionTokens },
    ...(logprobs !== null && { logprobs }),
  };
}

/** What a line says; null where it is damaged. */
export function parseJournalLine(text: string): JournalEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isJournalFields(value)) return null;
  const { answer, failed, ...head } = value;
  if (answer !== undefined) return { ...head, settled: settledAnswer(answer) };
  if (failed === undefined) return null;
  return { ...head, settled: { ok: false, kind: failed.kind, detail: failed.detail } };
}

function settledAnswer({ text, reasoning, finish_reason, usage, logprobs }: AnswerFields): Settled {
  return {
    ok: true,
    completion: {
      text,
      reasoning,
      finishReason: finish_reason,
      usage: { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens },
      logprobs: logprobs ?? null,
    },
  };
}

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

const isText = (value: unknown): boolean => typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value);
const isOptionalText = (value: unknown): boolean => value === null || isText(value);
const isOptionalCount = (value: unknown): boolean => value === null || isCount(value);
const has =
  (shape: Shape) =>
  (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(shape).every(([field, accepts]) => accepts(Reflect.get(value, field)));
const optional =
  (accepts: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || accepts(value);

const isListOf =
  (accepts: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every((one) => accepts(one));
const isMessages = isListOf(has({ role: isText, content: isText }));

const isLine = has({
  key: has({ stage: isText, item: isText, operation: isText, sample: isCount, attempt: isCount }),
  request: isText,
  generator: isText,
  model: isText,
  messages: optional((value) => value === null || isMessages(value)),
  answer: optional(
    has({
      text: isText,
      reasoning: isOptionalText,
      finish_reason: isText,
      usage: has({ prompt_tokens: isOptionalCount, completion_tokens: isOptionalCount }),
      logprobs: optional(Array.isArray),
    }),
  ),
  failed: optional(has({ kind: (kind) => FAILURE_KINDS.some((known) => known === kind), detail: isText })),
});

const isJournalFields = (value: unknown): value is JournalFields => isLine(value);
