import type { ChatRequest, Completion } from '../chat.js';
import type { OpenAiEndpoint } from '../generator.js';
import { LinkedAbort } from '../../async/abort.js';
import { RequestError } from '../request-error.js';
import { classifyError } from './classify-error.js';
import { clientOf } from './client.js';
import { readAnswer } from './read-answer.js';
import { requestBody } from './request-body.js';

export interface RequestOptions {
  /** Milliseconds until the whole answer must be there. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks an endpoint once, over connections that are kept for the thread's next requests.
 *
 * @throws RequestError of every kind but `worker_failed`, never with a key in its message; the signal's reason when it
 *   aborts.
 */
export async function requestCompletion(
  endpoint: OpenAiEndpoint,
  request: ChatRequest,
  { timeout, signal }: RequestOptions,
): Promise<Completion> {
  signal?.throwIfAborted();
  const where = `${endpoint.model} at ${endpoint.baseUrl}`;
  const { openai, secrets } = clientOf(endpoint);
  using linked = new LinkedAbort(signal);
  try {
    const answer: unknown = await openai.chat.completions.create(requestBody(endpoint, request), {
      timeout: Math.ceil(timeout),
      signal: linked.signal,
    });
    return readAnswer(answer, where);
  } catch (error) {
    signal?.throwIfAborted();
    const { kind, message, retryAfter } = classifyError(error, where, timeout);
    // The cause is left out: it may quote the request with its headers.
    throw new RequestError(kind, secrets.scrub(message), retryAfter);
  }
}
