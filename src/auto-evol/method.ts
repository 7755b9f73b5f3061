import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Prompts } from '../ask/prompts/prompt-pack.js';
import type { Prompt } from '../ask/prompts/prompt.js';
import { EvosiftError } from '../base/errors.js';
import { isRecord } from '../base/json.js';
import { unreadable } from '../base/file-error.js';
import type { Operation } from '../operations/operations.js';

/** How instructions are evolved, in words; and what trials and journal call it. */
export interface Method {
  readonly id: string;
  readonly text: string;
}

/** Hex sha-256 of a method's text. */
export const methodHash = (text: string): string => hash('sha256', text);

/** What the published code draws all answers of Auto Evol-Instruct with. */
export const PUBLISHED_SAMPLING = { temperature: 0.7, topP: 0.95 } as const;

/** The method to begin with; asked of nobody. */
export const METHOD_INITIAL: Prompt = { name: 'method-initial', variables: [], published: {} };

/** Has an instruction evolved by a method. */
export const EVOLVE_BY_METHOD: Prompt = {
  name: 'evolve-by-method',
  variables: ['method', 'instruction', 'input'],
  published: PUBLISHED_SAMPLING,
};

/** The operation that evolves by a method. */
export const methodOperation = (method: string): Operation => ({
  name: 'auto',
  prompt: EVOLVE_BY_METHOD,
  variables: { method },
  breadth: false,
});

/**
 * The text of the method to begin with: the file's, or else the pack's `method-initial`.
 *
 * @throws EvosiftError `bad_data` where the file can't be read or holds no method.
 */
export async function initialMethod(prompts: Prompts, methodFile: string | undefined): Promise<string> {
  if (methodFile !== undefined) return readMethodFile(methodFile);
  const { messages } = prompts.render(METHOD_INITIAL, {});
  return messages.map(({ content }) => content).join('\n\n');
}

/**
 * The method in a file: its whole text, or the `text` of a JSON file that a run left under `methods/`.
 *
 * @throws EvosiftError `bad_data` where the file can't be read or holds no method.
 */
export async function readMethodFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const method = (path.endsWith('.json') ? textOf(text, path) : text).trim();
  if (method !== '') return method;
  throw new EvosiftError('bad_data', `${path}: the method is empty; write down how an instruction is to be evolved`);
}

function textOf(json: string, path: string): string {
  try {
    const trial: unknown = JSON.parse(json);
    if (isRecord(trial) && typeof trial['text'] === 'string') return trial['text'];
  } catch {
    // Told below.
  }
  throw new EvosiftError('bad_data', `${path}: no method; a JSON file must be an object with the method as its text`);
}
