import { isRecord } from '../base/json.js';
import { parseMessages } from '../rows/parse-messages.js';
import { parseTools } from '../rows/parse-tools.js';
import { RowProblem } from '../rows/row-problem.js';
import type { TextSequence } from './sequences/encode-sequence.js';

/**
 * What `nll` scores: ids as they are; a text; or a text in a context (`prompt`, or `messages` rendered by the model's
 * own template), of which only the text is scored. A `problem` takes its place in the order and comes back as a reason.
 */
export type NllSequence = { readonly ids: ArrayLike<number> } | TextSequence | { readonly problem: string };

/**
 * Holds what a caller gave, or a line of JSON said, to what `nll` scores; anything else becomes a problem.
 *
 * @param kind What it is to be, where it might be both; default whichever is there, ids first.
 */
export function checkSequence(given: unknown, kind?: 'ids' | 'text'): NllSequence {
  if (typeof given !== 'object' || given === null) return { problem: 'not an object' };
  if ('problem' in given) return { problem: String(given.problem) };
  if ('ids' in given && kind !== 'text') {
    return isArrayLike(given.ids) ? { ids: given.ids } : { problem: '"ids" is not a list of numbers' };
  }
  if ('text' in given && kind !== 'ids') {
    if (typeof given.text === 'string') return inContext(given.text, given);
    return { problem: '"text" is not a string' };
  }
  return { problem: kind === undefined ? 'neither "ids" nor "text" is there' : `"${kind}" is missing` };
}

function inContext(text: string, given: object): NllSequence {
  if ('messages' in given && 'prompt' in given) return { problem: 'both "prompt" and "messages" are there' };
  if ('messages' in given) return withMessages(text, given);
  if (!('prompt' in given)) return { text };
  return typeof given.prompt === 'string' ? { text, prompt: given.prompt } : { problem: '"prompt" is not a string' };
}

function withMessages(text: string, given: object): NllSequence {
  const { messages, tools = [], templateKwargs, asAnswer } = given as Readonly<Record<string, unknown>>;
  if (templateKwargs !== undefined && !isRecord(templateKwargs)) {
    return { problem: 'the switches of the chat template are not an object' };
  }
  if (asAnswer !== undefined && !(isRecord(asAnswer) && typeof asAnswer['mostTokens'] === 'number')) {
    return { problem: '"asAnswer" says no mostTokens' };
  }
  try {
    parseMessages(messages, 'messages');
    parseTools(tools, 'tools');
  } catch (error) {
    if (error instanceof RowProblem) return { problem: error.message };
    throw error;
  }
  return {
    text,
    messages,
    tools,
    ...(templateKwargs !== undefined && { templateKwargs }),
    ...(asAnswer !== undefined && { asAnswer: { mostTokens: Number(asAnswer['mostTokens']) } }),
  };
}

const isArrayLike = (value: unknown): value is ArrayLike<number> =>
  Array.isArray(value) || value instanceof Int32Array || value instanceof Uint32Array || value instanceof Uint16Array;
