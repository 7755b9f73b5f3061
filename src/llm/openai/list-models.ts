import type { OpenAiEndpoint } from '../generator.js';
import { classifyError } from './classify-error.js';
import { clientOf } from './client.js';
import type { RequestOptions } from './request-completion.js';

/**
 * The names of the models that an endpoint says it serves.
 *
 * @throws RequestError as `requestCompletion`.
 */
export async function listModels(
  endpoint: OpenAiEndpoint,
  { timeout, signal }: RequestOptions,
): Promise<readonly string[]> {
  const { openai } = clientOf(endpoint);
  try {
    const { data } = await openai.models.list({ timeout: Math.ceil(timeout), ...(signal !== undefined && { signal }) });
    return data.map(({ id }) => id);
  } catch (error) {
    throw classifyError(error, `${endpoint.baseUrl}/models`, timeout);
  }
}
