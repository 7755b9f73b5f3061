import type { Completion } from '../../src/llm/chat.js';

/** An answer, as a generator gives it. */
export const completionOf = (text: string, finishReason: Completion['finishReason'] = 'stop'): Completion => ({
  text,
  reasoning: null,
  finishReason,
  usage: { promptTokens: null, completionTokens: null },
  logprobs: null,
});
