import type { Example, Message } from '../../rows/example.js';

/** One instruction with the message that answers it, as the recipes that know one exchange take it. */
export interface Turn {
  readonly instruction: string;
  readonly input: string;
  readonly answer: Message;
}

/** A message of a conversation as `aligned` takes it. */
export interface DialogMessage extends Message {
  /** What an Alpaca row's instruction is given to work on; empty elsewhere. */
  readonly input: string;
  /**
   * The assistant turn (from 0) that the message is; null for other roles, for answers before any question and for those
   * that are context only.
   */
  readonly turn: number | null;
}

/**
 * The assistant turns of a row, those that are context only as well, each with what was said since the turn before it.
 * System messages, and answers that stand before any question, are no part of any turn.
 */
export function turnsOf(example: Example): Turn[] {
  const turns: Turn[] = [];
  let questions: string[] = [];
  let input = '';
  let asked = false;
  for (const message of messagesOf(example)) {
    if (message.role === 'assistant' && asked) {
      turns.push({ instruction: questions.join('\n'), input, answer: message });
      questions = [];
      input = '';
    } else if (message.role === 'user' || message.role === 'tool') {
      asked = true;
      questions.push(message.content);
      input = message.input ?? '';
    }
  }
  return turns;
}

/** The messages of a row up to its last assistant turn that counts; nothing follows from questions after it. */
export function dialogOf(example: Example): DialogMessage[] {
  const dialog: DialogMessage[] = [];
  let turns = 0;
  let asked = false;
  let end = 0;
  for (const message of messagesOf(example)) {
    asked ||= message.role === 'user' || message.role === 'tool';
    const isTurn = message.role === 'assistant' && asked;
    const counts = isTurn && message.context !== true;
    dialog.push({ input: '', ...message, turn: counts ? turns : null });
    if (isTurn) turns++;
    if (counts) end = dialog.length;
  }
  return dialog.slice(0, end);
}

/** Whether all that is asked in a conversation is blank. */
export const asksNothing = (dialog: readonly DialogMessage[]): boolean =>
  dialog.every(({ role, content, input }) => {
    return role === 'assistant' || role === 'system' || `${content}${input}`.trim() === '';
  });

/** All texts that a row itself brings. */
export function textsOf(example: Example): string[] {
  const texts = messagesOf(example).flatMap(({ content, input = '', fields }) => [
    content,
    input,
    ...stringsIn(fields),
  ]);
  return [...texts, ...stringsIn(example.tools)];
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

type InputMessage = Message & { readonly input?: string };

function messagesOf(example: Example): readonly InputMessage[] {
  if (example.kind === 'conversation') return example.messages;
  const fields = example.reasoning === undefined ? undefined : { reasoning_content: example.reasoning };
  const system = example.system === '' ? [] : [{ role: 'system', content: example.system } as const];
  const earlier = example.history.flatMap(([question, answer]): Message[] => [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ]);
  return [
    ...system,
    ...earlier,
    { role: 'user', content: example.instruction, input: example.input },
    { role: 'assistant', content: example.response, ...(fields !== undefined && { fields }) },
  ];
}
