import type { Example, Message } from '../rows/example.js';
import { answerOf } from '../rows/message-parts.js';

/** What a row asks for: its system message and its last question. */
export function promptOf(example: Example): string {
  if (example.kind === 'exchange') return [example.system, example.instruction, example.input].join('\n');
  const { messages } = example;
  const asked = messages.findLast(({ role }) => role === 'user');
  const systems = messages.filter(({ role }) => role === 'system');
  return [...systems, ...(asked === undefined ? [] : [asked])].map(({ content }) => content).join('\n');
}

/** The text of a row's last answer, without what was thought before it; null where it has none. */
export function responseOf(example: Example): string | null {
  const answer: Message | undefined =
    example.kind === 'exchange'
      ? {
          role: 'assistant',
          content: example.response,
          ...(example.reasoning !== undefined && { fields: { reasoning_content: example.reasoning } }),
        }
      : example.messages.findLast(({ role }) => role === 'assistant');
  if (answer === undefined || answer.callsInText === true) return null;
  const { text } = answerOf(answer);
  return text.trim() === '' ? null : text;
}
