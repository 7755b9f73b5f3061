import { RequestError, type FailureKind } from '../request-error.js';

/** How OpenAI, vLLM, llama-server, TGI, LM Studio and their likes say that a request does not fit the model's context. */
const CONTEXT_OVERFLOW = [
  /context_length_exceeded|exceed_context_size/,
  /maximum (?:context|model) length/i,
  /(?:exceeds?|overflows?|longer than|larger than).{0,40}context (?:size|length|window)/i,
  /context (?:size|length|window).{0,40}(?:exceeded|overflow)/i,
  /prompt is too long/i,
  /`?inputs`? tokens \+ `?max_new_tokens`? must be/i,
];

const CONTENT_FILTER = /content_filter|content_policy_violation|content management policy|flagged by/i;
const UNKNOWN_MODEL = /model_not_found|not a valid model|model\b.{0,80}\b(?:not found|does not exist)/i;
const OUT_OF_QUOTA = /insufficient_quota|billing_hard_limit|exceeded your current quota/i;

/**
 * A server's refusal as the kind of failure that it is. A quota that is used up counts as `unauthorized`: waiting does
 * not mend it.
 *
 * @param error The `error` object of the body, or whatever stands there.
 * @param where The endpoint, as messages call it.
 */
export function classifyStatus(
  status: number,
  error: unknown,
  message: string,
  retryAfter: number | null,
  where: string,
): RequestError {
  const said = `${message} ${typeof error === 'object' ? JSON.stringify(error) : ''}`;
  const kind = kindOf(status, said);
  return new RequestError(kind, `${where} answered ${status}: ${shorten(message)}${hintFor(kind, where)}`, retryAfter);
}

function kindOf(status: number, said: string): FailureKind {
  if (status === 429) return OUT_OF_QUOTA.test(said) ? 'unauthorized' : 'rate_limited';
  if (status === 401 || status === 402 || status === 403)
    return CONTENT_FILTER.test(said) ? 'content_filter' : 'unauthorized';
  if (status === 404) return 'not_found';
  if (status === 408) return 'timeout';
  if (CONTEXT_OVERFLOW.some((wording) => wording.test(said))) return 'context_overflow';
  if (status >= 500 || status === 409 || status === 425) return 'server_error';
  if (CONTENT_FILTER.test(said)) return 'content_filter';
  return UNKNOWN_MODEL.test(said) ? 'not_found' : 'bad_request';
}

function hintFor(kind: FailureKind, where: string): string {
  if (kind === 'not_found' && !/\/v\d/.test(where)) return ' (a base URL usually ends in /v1)';
  return '';
}

/** Servers may send whole pages. */
const shorten = (message: string): string => {
  const line = message.replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
};
