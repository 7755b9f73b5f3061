import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { wrapError } from './error-body.js';

/** Idle connections that are kept for the next requests of this thread. */
const KEPT = 1_024;

let agents: { readonly http: HttpAgent; readonly https: HttpsAgent } | null = null;

const agentsOfThisThread = (): NonNullable<typeof agents> =>
  (agents ??= {
    http: new HttpAgent({ keepAlive: true, maxFreeSockets: KEPT }),
    https: new HttpsAgent({ keepAlive: true, maxFreeSockets: KEPT }),
  });

/**
 * What the official client sends its requests through: `fetch` with a text body, over node:http.
 *
 * It settles only when the whole answer is there, so that the client's time limit covers the body too; it has no limit
 * of its own, where Node's fetch gives up on headers after 300 s; and it costs half of that fetch's time. Redirects are
 * not followed: they would carry the key elsewhere.
 */
export function fetchWhole(url: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const target = new URL(url instanceof Request ? url.url : url);
  const secure = target.protocol === 'https:';
  const send = secure ? httpsRequest : httpRequest;
  const { http, https } = agentsOfThisThread();
  return new Promise((resolve, reject) => {
    const request = send(target, {
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      agent: secure ? https : http,
      ...(init.signal ? { signal: init.signal } : {}),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      readWhole(response).then(resolve, reject);
    });
    request.end(typeof init.body === 'string' ? init.body : undefined);
  });
}

function readWhole(response: IncomingMessage): Promise<Response> {
  return new Promise((resolve, reject) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (text += chunk));
    response.on('error', reject);
    response.on('end', () => resolve(toResponse(response, text)));
  });
}

function toResponse({ statusCode = 0, headers }: IncomingMessage, text: string): Response {
  const named = Object.entries(headers).map(([name, value = '']): [string, string] => [name, String(value)]);
  const hasBody = ![204, 205, 304].includes(statusCode);
  const body = statusCode >= 400 ? wrapError(text) : text;
  return new Response(hasBody ? body : null, { status: statusCode, headers: named });
}
