import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { messageOf } from '../../base/errors.js';
import { RequestError } from '../request-error.js';
import { classifyStatus } from './classify-status.js';
import { retryAfterOf } from '../../base/retry-after.js';

/**
 * What the client threw, as one of our kinds.
 *
 * @param where The endpoint, as messages call it.
 * @param timeout The time limit of the request in milliseconds.
 */
export function classifyError(error: unknown, where: string, timeout: number): RequestError {
  if (error instanceof RequestError) return error;
  if (error instanceof APIConnectionTimeoutError) {
    return new RequestError('timeout', `${where} gave no whole answer within ${timeout / 1_000} s`);
  }
  if (error instanceof APIConnectionError) return new RequestError('connection', `${where} ${connectionFault(error)}`);
  if (error instanceof APIError && typeof error.status === 'number') {
    const { status, headers, message } = error;
    // The client puts the status before the message.
    const said = message.replace(new RegExp(`^${status} `), '');
    return classifyStatus(status, error.error, said, retryAfterOf(headers), where);
  }
  if (error instanceof SyntaxError) {
    return new RequestError('malformed_answer', `${where} answered with JSON that is none: ${error.message}`);
  }
  throw error;
}

const FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections; is the server running?',
  ECONNRESET: 'closed the connection before its answer was whole',
  EPIPE: 'closed the connection before its answer was whole',
  ENOTFOUND: 'has a host name that is not known',
  EAI_AGAIN: 'has a host name that cannot be looked up now',
};

function connectionFault({ cause }: APIConnectionError): string {
  const code = cause instanceof Error ? String(Reflect.get(cause, 'code') ?? '') : '';
  return FAULTS[code] ?? `cannot be reached: ${messageOf(cause)}`;
}
