import type { Message } from '../../rows/example.js';
import { parseMessages } from '../../rows/parse-messages.js';
import { parseTools } from '../../rows/parse-tools.js';
import type { ChatSettings } from '../../text/chat-template.js';
import { tokensBefore } from './tokens-within.js';
import { ChatTemplateRefusal } from '../../text/chat-template-refusal.js';
import type { Tokenizer } from '../../text/tokenizer.js';

/** A text, alone or in a context of which nothing is scored: a prompt, or messages in the model's own template. */
export type TextSequence =
  | { readonly text: string; readonly prompt?: string }
  | {
      readonly text: string;
      /** As rows have them: a list of objects with role and content, and what else templates read; or its JSON text. */
      readonly messages: unknown;
      /** A list of descriptions, or its JSON text. */
      readonly tools?: unknown;
      readonly templateKwargs?: Readonly<Record<string, unknown>>;
      /**
       * The text is an answer to the messages: tokenised by itself, as a generator goes on behind its prompt, and scored
       * as far as its first `mostTokens` tokens.
       */
      readonly asAnswer?: { readonly mostTokens: number };
    };

/** The ids of context and text, and the first position to score; or why there are none. */
export type EncodedSequence =
  { readonly ids: Int32Array<ArrayBuffer>; readonly from: number } | { readonly ids: null; readonly reason: string };

/**
 * Tokenises context and text as one, where a token that reaches over the boundary counts as the text's; or an answer
 * apart from its context.
 *
 * @throws EvosiftError `unsupported_tokenizer` where messages are given and the model has no chat template.
 */
export async function encodeSequence(sequence: TextSequence, tokenizer: Tokenizer): Promise<EncodedSequence> {
  if ('messages' in sequence) {
    const { messages, tools, templateKwargs: kwargs } = sequence;
    const settings = { tools: parseTools(tools, 'tools'), kwargs };
    const context = render(parseMessages(messages, 'messages'), settings, tokenizer);
    if (context instanceof ChatTemplateRefusal) return { ids: null, reason: `chat template: ${context.message}` };
    // A template writes its own special tokens.
    if (sequence.asAnswer !== undefined) return behind(context, sequence.text, sequence.asAnswer.mostTokens, tokenizer);
    return inContext(context, sequence.text, tokenizer, false);
  }
  return inContext(sequence.prompt ?? '', sequence.text, tokenizer, true);
}

function render(
  messages: readonly Message[],
  settings: ChatSettings,
  { chatTemplate }: Tokenizer,
): string | ChatTemplateRefusal {
  try {
    return chatTemplate.render(messages, { ...settings, addGenerationPrompt: true });
  } catch (error) {
    if (error instanceof ChatTemplateRefusal) return error;
    throw error;
  }
}

async function inContext(
  context: string,
  text: string,
  tokenizer: Tokenizer,
  addSpecialTokens: boolean,
): Promise<EncodedSequence> {
  if (context === '') return { ids: Int32Array.from(await tokenizer.encode(text, { addSpecialTokens })), from: 1 };
  const encoding = await tokenizer.encodeWithOffsets(context + text, { addSpecialTokens });
  const from = tokensBefore(encoding, Array.from(context).length);
  return { ids: Int32Array.from(encoding.ids), from: Math.max(1, from) };
}

async function behind(context: string, text: string, most: number, tokenizer: Tokenizer): Promise<EncodedSequence> {
  const plain = { addSpecialTokens: false };
  const [prompt, answer] = await Promise.all([tokenizer.encode(context, plain), tokenizer.encode(text, plain)]);
  return { ids: Int32Array.from([...prompt, ...answer.slice(0, most)]), from: Math.max(1, prompt.length) };
}
