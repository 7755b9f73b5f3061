import type { Example, Message } from '../../rows/example.js';

/** One instruction with its response, as the recipes that know one exchange take it. */
export interface Turn {
  readonly instruction: string;
  readonly input: string;
  readonly response: string;
}

/** A message of a conversation as `aligned` takes it. */
export interface DialogMessage extends Message {
  /** What an Alpaca row's instruction is given to work on; empty elsewhere. */
  readonly input: string;
  /** The assistant turn (from 0) that the message is; null for other roles and for answers before any question. */
  readonly turn: number | null;
}

/**
 * The assistant turns of a row, each with what was said since the turn before it. System messages, and answers that
 * stand before any question, are no part of any turn.
 */
export function turnsOf(example: Example): Turn[] {
  if (example.kind === 'exchange') {
    const { instruction, input, response, history } = example;
    const earlier = history.map(([question, answer]) => ({ instruction: question, input: '', response: answer }));
    return [...earlier, { instruction, input, response }];
  }
  const turns: Turn[] = [];
  let questions: string[] = [];
  for (const message of dialogOf(example)) {
    if (message.turn !== null) {
      turns.push({ instruction: questions.join('\n'), input: '', response: message.content });
      questions = [];
    } else if (message.role === 'user' || message.role === 'tool') {
      questions.push(message.content);
    }
  }
  return turns;
}

/** The messages of a row up to its last assistant turn; nothing follows from questions after it. */
export function dialogOf(example: Example): DialogMessage[] {
  const messages = example.kind === 'exchange' ? exchangeMessages(example) : example.messages;
  const dialog: DialogMessage[] = [];
  let turns = 0;
  let asked = false;
  let end = 0;
  for (const message of messages) {
    asked ||= message.role === 'user' || message.role === 'tool';
    const answers = message.role === 'assistant' && asked;
    dialog.push({ input: '', ...message, turn: answers ? turns++ : null });
    if (answers) end = dialog.length;
  }
  return dialog.slice(0, end);
}

function exchangeMessages(example: Extract<Example, { kind: 'exchange' }>): (Message & { readonly input?: string })[] {
  const system = example.system === '' ? [] : [{ role: 'system', content: example.system } as const];
  const earlier = example.history.flatMap(([question, answer]): Message[] => [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ]);
  return [
    ...system,
    ...earlier,
    { role: 'user', content: example.instruction, input: example.input },
    { role: 'assistant', content: example.response },
  ];
}
