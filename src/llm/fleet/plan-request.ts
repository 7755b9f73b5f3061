import type { ChatMessage, ChatRequest } from '../chat.js';
import type { GeneratorPlan } from '../generator.js';
import type { Question } from '../question.js';

/** What is sent for a question: its messages, after the plan's system prompt where they have none of their own. */
export const planRequest = ({
  plan,
  messages,
  sampling,
}: Pick<Question, 'plan' | 'messages' | 'sampling'>): ChatRequest => ({
  messages: withSystemPrompt(plan, messages),
  sampling,
});

function withSystemPrompt({ systemPrompt }: GeneratorPlan, messages: readonly ChatMessage[]): readonly ChatMessage[] {
  if (systemPrompt === null || messages.some(({ role }) => role === 'system')) return messages;
  return [{ role: 'system', content: systemPrompt }, ...messages];
}
