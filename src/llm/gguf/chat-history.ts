import type { ChatHistoryItem } from 'node-llama-cpp';
import type { ChatMessage } from '../chat.js';

/** Messages as node-llama-cpp takes them, with the answer that is to come as the last item. */
export const chatHistory = (messages: readonly ChatMessage[]): ChatHistoryItem[] => [
  ...messages.map(({ role, content }): ChatHistoryItem =>
    role === 'assistant' ? { type: 'model', response: [content] } : { type: role, text: content },
  ),
  { type: 'model', response: [] },
];
