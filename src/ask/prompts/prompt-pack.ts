import { createHash } from 'node:crypto';
import { EvosiftError } from '../../base/errors.js';
import type { ChatMessage } from '../../llm/chat.js';
import type { PromptTemplate } from './prompt-template.js';
import type { Prompt } from './prompt.js';

/** A prompt's messages before rendering. */
export interface PromptTemplates {
  readonly messages: readonly { readonly role: ChatMessage['role']; readonly template: PromptTemplate }[];
  readonly marker: string | null;
}

export interface RenderedPrompt {
  readonly messages: readonly ChatMessage[];
  /** What stands before the result in an answer; null where the whole answer is the result. */
  readonly marker: string | null;
}

/** What puts prompts into words. */
export interface Prompts {
  /**
   * A prompt's messages. Templates are trimmed; a message that renders to nothing is left out.
   *
   * @param variables Exactly those that the prompt declares.
   * @throws EvosiftError `bad_argument` for a prompt that is not known, a missing or an unknown variable; `bad_config`
   *   where the template fails on them.
   */
  render(prompt: Prompt, variables: Readonly<Record<string, unknown>>): RenderedPrompt;
}

/** The prompts of every name. */
export class PromptPack implements Prompts {
  /** Hex sha-256 of the prompts that are asked: equal for packs that ask in the same words, wherever they lie. */
  readonly hash: string;

  /** @param asked The names of those that will be asked. */
  constructor(
    private readonly prompts: ReadonlyMap<string, PromptTemplates>,
    asked: readonly string[],
  ) {
    const content = [...prompts]
      .filter(([name]) => asked.includes(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { messages, marker }]) => [
        name,
        marker,
        messages.map(({ role, template }) => [role, template.source]),
      ]);
    this.hash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  }

  render(prompt: Prompt, variables: Readonly<Record<string, unknown>>): RenderedPrompt {
    const templates = this.prompts.get(prompt.name);
    if (templates === undefined) {
      const known = [...this.prompts.keys()].join(', ');
      throw new EvosiftError('bad_argument', `Unknown prompt ${prompt.name}; prompts are ${known}`);
    }
    checkVariables(prompt, variables);
    const { messages, marker } = templates;
    const rendered = messages.map(({ role, template }) => ({ role, content: template.render(variables) }));
    return { messages: rendered.filter(({ content }) => content !== ''), marker };
  }
}

function checkVariables({ name, variables: known }: Prompt, variables: Readonly<Record<string, unknown>>): void {
  const missing = known.find((variable) => variables[variable] === undefined);
  if (missing !== undefined) throw new EvosiftError('bad_argument', `Prompt ${name}: no value for ${missing}`);
  const unknown = Object.keys(variables).find((variable) => !known.includes(variable));
  if (unknown === undefined) return;
  const has = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  throw new EvosiftError('bad_argument', `Prompt ${name}: unknown variable ${unknown}; ${has}`);
}
