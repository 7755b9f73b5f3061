import type { LlamaChat, LlamaChatResponse, LLamaChatGenerateResponseOptions } from 'node-llama-cpp';
import type { ChatRequest, Completion, FinishReason, Sampling } from '../chat.js';
import { RequestError } from '../request-error.js';
import { chatHistory } from './chat-history.js';
import type { Gaps } from './gaps.js';

/** Tokens of the context that are left free, so that the library never drops the beginning of a prompt to go on. */
const SPARE = 8;

/**
 * One answer in a sequence of its own. What the sequence held before is forgotten first: an answer depends on its
 * request alone, as far as the arithmetic of a shared batch allows.
 *
 * @throws RequestError `context_overflow`; the signal's reason when it aborts.
 */
export async function generateIn(
  chat: LlamaChat,
  gaps: Gaps,
  request: ChatRequest,
  signal: AbortSignal,
): Promise<Completion> {
  signal.throwIfAborted();
  const { sequence } = chat;
  const history = chatHistory(request.messages);
  const prompt = chat.chatWrapper
    .generateContextState({ chatHistory: history })
    .contextText.tokenize(chat.model.tokenizer);
  const room = sequence.contextSize - prompt.length - SPARE;
  if (room < 1) {
    throw new RequestError(
      'context_overflow',
      `the prompt has ${prompt.length} tokens, and the model's context holds ${sequence.contextSize} with the answer`,
    );
  }
  if (sequence.nextTokenIndex > 0) await gaps.use(() => sequence.clearHistory());
  const before = sequence.tokenMeter.getState();
  const response = await chat.generateResponse(history, {
    ...samplingOptions(request.sampling),
    maxTokens: Math.min(request.sampling.maxTokens, room),
    signal,
  });
  return toCompletion(response, prompt.length, sequence.tokenMeter.diff(before).usedOutputTokens);
}

/** Temperature 0 where none was asked for. No token is punished for having come before, and no other filter cuts in. */
const samplingOptions = ({ temperature = 0, topP = 1, seed }: Sampling): LLamaChatGenerateResponseOptions => ({
  temperature,
  topP,
  topK: 0,
  minP: 0,
  repeatPenalty: false,
  ...(seed !== undefined && { seed }),
});

function toCompletion(
  { fullResponse, metadata }: LlamaChatResponse,
  promptTokens: number,
  completionTokens: number,
): Completion {
  let text = '';
  let reasoning = '';
  for (const part of fullResponse) {
    if (typeof part === 'string') text += part;
    else if (part.type === 'segment') reasoning += part.text;
  }
  const finishReason: FinishReason = metadata.stopReason === 'maxTokens' ? 'length' : 'stop';
  return {
    text,
    reasoning: reasoning === '' ? null : reasoning,
    finishReason,
    usage: { promptTokens, completionTokens },
    logprobs: null,
  };
}
