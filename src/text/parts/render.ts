import type { Message } from '../../rows/example.js';
import { ChatTemplateRefusal } from '../chat-template-refusal.js';

/** Renders a conversation that was changed. @throws ChatTemplateRefusal */
export type Render = (messages: readonly Message[]) => string;

/** Null where the template refuses it. */
export function attempt(render: () => string): string | null {
  try {
    return render();
  } catch (error) {
    if (error instanceof ChatTemplateRefusal) return null;
    throw error;
  }
}
