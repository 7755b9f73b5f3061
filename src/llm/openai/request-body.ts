import type OpenAI from 'openai';
import { TOP_LOGPROBS, type ChatRequest } from '../chat.js';
import type { OpenAiEndpoint } from '../generator.js';

export type RequestBody = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;

/**
 * The body of one request. The endpoint's own fields come last and win; a field that is null there is left out, and
 * `max_completion_tokens: true` sends the most tokens of an answer under that name instead of `max_tokens`.
 */
export function requestBody({ model, body }: OpenAiEndpoint, { messages, sampling }: ChatRequest): RequestBody {
  const { temperature, topP, maxTokens, seed, logprobs } = sampling;
  const renamed = body['max_completion_tokens'] === true;
  const fields: Record<string, unknown> = {
    model,
    messages,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(seed !== undefined && { seed }),
    ...(logprobs === true && { logprobs, top_logprobs: TOP_LOGPROBS }),
    max_tokens: maxTokens,
    ...body,
  };
  if (renamed) {
    fields['max_completion_tokens'] = maxTokens;
    delete fields['max_tokens'];
  }
  for (const [name, value] of Object.entries(fields)) if (value === null) delete fields[name];
  return fields as unknown as RequestBody;
}
