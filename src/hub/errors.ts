import { EvosiftError, messageOf } from '../base/errors.js';
import type { HubEnvironment } from './environment.js';
import { absenceOf, pageOf, type Repository } from './repository.js';

/** What was asked for. */
export interface HubRequest {
  readonly repository: Repository;
  readonly revision: string;
  /** How often it was asked. */
  readonly attempts: number;
}

/** Whether a status may be another one a moment later. */
export const isPassing = (status: number): boolean => status === 429 || status === 408 || status >= 500;

/** What a refusal means and what to do; reads the headers X-Error-Code and X-Error-Message of the hub. */
export async function explainRefusal(
  environment: HubEnvironment,
  request: HubRequest,
  response: Response,
): Promise<EvosiftError> {
  const { status, headers } = response;
  const said = headers.get('x-error-message') ?? (await bodyMessage(response));
  const { repository } = request;
  const { type, id } = repository;
  const page = `${environment.endpoint}/${pageOf(repository)}`;

  switch (headers.get('x-error-code')) {
    case 'GatedRepo':
      return new EvosiftError(
        'hub_error',
        `${id} is gated (${status}): accept its terms on ${page}, then ` +
          (environment.token === null
            ? 'set HF_TOKEN to a token of the account that did.'
            : 'check that HF_TOKEN belongs to the account that did and may read gated repositories.'),
      );
    case 'RevisionNotFound':
      return new EvosiftError(
        absenceOf(repository),
        `${id} has no revision ${JSON.stringify(request.revision)}: see ${page}/refs for its branches and tags.`,
      );
    case 'EntryNotFound':
      return new EvosiftError('hub_error', `${id} has no file ${new URL(response.url).pathname} (${status}).`);
    case 'DisabledRepo':
      return new EvosiftError('hub_error', `${id} was disabled by the hub (${status}): ${said || 'no reason given'}.`);
  }
  if (status === 401 && environment.token !== null && headers.get('x-error-code') !== 'RepoNotFound') {
    return new EvosiftError(
      'hub_error',
      `The hub refused the token (401${said && `: ${said}`}): renew HF_TOKEN on ${environment.endpoint}/settings/tokens, or unset it for what is public.`,
    );
  }
  if (status === 401 || status === 404) {
    return new EvosiftError(
      absenceOf(repository),
      `The hub knows no ${type} ${JSON.stringify(id)} that is open to you (${status}): check the spelling on ${page}, ` +
        (environment.token === null
          ? 'or set HF_TOKEN if it is private.'
          : 'and that the account of HF_TOKEN may read it.'),
    );
  }
  if (status === 403) {
    return new EvosiftError(
      'hub_error',
      `Access to ${id} is forbidden (403${said && `: ${said}`}): check on ${page} what the account of HF_TOKEN may read.`,
    );
  }
  if (status === 429) {
    const after = headers.get('retry-after');
    return new HubDownError(
      `The hub limits the rate of requests (429 after ${times(request.attempts)})`,
      `try again ${after === null ? 'in some minutes' : `after ${after} s`}` +
        `${environment.token === null ? '; setting HF_TOKEN raises the limit' : ''}. What has been downloaded is kept.`,
    );
  }
  if (status >= 500) {
    return new HubDownError(
      `The hub failed (${status} after ${times(request.attempts)})`,
      'try again later; what has been downloaded is kept. What is in the cache is used with HF_HUB_OFFLINE=1.',
    );
  }
  return new EvosiftError('hub_error', `The hub answered ${status} to ${response.url}${said && `: ${said}`}.`);
}

/** No answer at all; `cause` is what fetch threw. */
export function explainUnreachable(environment: HubEnvironment, cause: unknown): HubDownError {
  return new HubDownError(
    `Cannot reach ${environment.endpoint} (${networkReason(cause)})`,
    'check the network and HF_ENDPOINT. What is in the cache is used with HF_HUB_OFFLINE=1.',
    { cause },
  );
}

/** The hub gave no answer, or a failing one; what is in the cache may do instead. */
export class HubDownError extends EvosiftError {
  constructor(
    /** What happened, without what to do about it. */
    readonly summary: string,
    remedy: string,
    options?: ErrorOptions,
  ) {
    super('hub_error', `${summary}: ${remedy}`, options);
  }
}

const times = (count: number): string => (count === 1 ? 'one try' : `${count} tries`);

/** The most telling part of what fetch throws: the system's code where there is one. */
export function networkReason(thrown: unknown): string {
  let error = thrown;
  while (error instanceof Error && error.cause !== undefined) error = error.cause;
  if (error instanceof AggregateError) error = error.errors[0];
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code;
  return messageOf(error);
}

async function bodyMessage(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string')
      return body.error;
  } catch {
    // An error page in HTML says nothing that fits into a line.
  }
  return '';
}
