import { createHash } from 'node:crypto';
import { EvosiftError } from '../../base/errors.js';
import type { ChatMessage } from '../../llm/chat.js';
import type { PromptTemplate } from './prompt-template.js';
import { isPromptName, PROMPT_NAMES, variablesOf, type PromptName } from './prompt-variables.js';

/** A prompt's messages before rendering. */
export interface Prompt {
  readonly messages: readonly { readonly role: ChatMessage['role']; readonly template: PromptTemplate }[];
  readonly marker: string | null;
}

export interface RenderedPrompt {
  readonly messages: readonly ChatMessage[];
  /** What stands before the result in an answer; null where the whole answer is the result. */
  readonly marker: string | null;
}

/** The prompts of every name. */
export class PromptPack {
  /** Hex sha-256 of all prompts: equal for packs that ask in the same words, wherever they lie. */
  readonly hash: string;

  constructor(private readonly prompts: ReadonlyMap<PromptName, Prompt>) {
    const content = [...prompts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { messages, marker }]) => [
        name,
        marker,
        messages.map(({ role, template }) => [role, template.source]),
      ]);
    this.hash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  }

  /**
   * A prompt's messages. Templates are trimmed; a message that renders to nothing is left out.
   *
   * @param variables Exactly those that the prompt has: see docs/prompts.md.
   * @throws EvosiftError `bad_argument` for an unknown prompt, a missing or an unknown variable; `bad_config` where the
   *   template fails on them.
   */
  render(name: string, variables: Readonly<Record<string, unknown>>): RenderedPrompt {
    const prompt = isPromptName(name) ? this.prompts.get(name) : undefined;
    if (!isPromptName(name) || prompt === undefined) {
      throw new EvosiftError('bad_argument', `Unknown prompt ${name}; prompts are ${PROMPT_NAMES.join(', ')}`);
    }
    checkVariables(name, variables);
    const { messages, marker } = prompt;
    const rendered = messages.map(({ role, template }) => ({ role, content: template.render(variables) }));
    return { messages: rendered.filter(({ content }) => content !== ''), marker };
  }
}

function checkVariables(name: PromptName, variables: Readonly<Record<string, unknown>>): void {
  const known = variablesOf(name);
  const missing = known.find((variable) => variables[variable] === undefined);
  if (missing !== undefined) throw new EvosiftError('bad_argument', `Prompt ${name}: no value for ${missing}`);
  const unknown = Object.keys(variables).find((variable) => !known.includes(variable));
  if (unknown === undefined) return;
  const has = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  throw new EvosiftError('bad_argument', `Prompt ${name}: unknown variable ${unknown}; ${has}`);
}
