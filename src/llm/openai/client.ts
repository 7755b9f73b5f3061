import OpenAI from 'openai';
import type { OpenAiEndpoint } from '../generator.js';
import { readSecrets, type Secrets } from './secrets.js';
import { fetchWhole } from './fetch-whole.js';

/** The official client of one endpoint, with what must not get out of it. */
export interface EndpointClient {
  readonly openai: OpenAI;
  readonly secrets: Secrets;
}

const clients = new Map<string, EndpointClient>();

/**
 * The client of an endpoint, made once a thread.
 *
 * @throws RequestError `unauthorized` where a variable that it needs is not set.
 */
export function clientOf(endpoint: OpenAiEndpoint): EndpointClient {
  const { baseUrl, keyEnv, headers } = endpoint;
  const id = JSON.stringify([baseUrl, keyEnv, headers]);
  const known = clients.get(id);
  if (known !== undefined) return known;
  const client = connect(endpoint);
  clients.set(id, client);
  return client;
}

function connect(endpoint: OpenAiEndpoint): EndpointClient {
  const secrets = readSecrets(endpoint);
  const { key, headers } = secrets;
  // The environment's organisation and project are OpenAI's, and no other server's business.
  const foreign = new URL(endpoint.baseUrl).hostname !== 'api.openai.com';
  const openai = new OpenAI({
    apiKey: key ?? 'none',
    adminAPIKey: null,
    baseURL: endpoint.baseUrl,
    maxRetries: 0,
    logLevel: 'off',
    fetch: fetchWhole,
    ...(foreign && { organization: null, project: null }),
    defaultHeaders: {
      // The transport gives text, uncompressed.
      'accept-encoding': 'identity',
      ...(key === null && { authorization: null }),
      ...headers,
    },
  });
  return { openai, secrets };
}
