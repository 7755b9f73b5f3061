import type { Message, Tools } from '../rows/example.js';
import { REASONING_FIELDS, type Place } from '../rows/message-parts.js';
import { EvosiftError, messageOf } from '../base/errors.js';
import { codePointPositions } from './code-points.js';
import { ChatTemplateRefusal } from './chat-template-refusal.js';
import { JinjaTemplate } from './jinja/template.js';
import { locateParts, type PartPlaces } from './parts/locate-parts.js';
import { plainData } from './plain-data.js';
import { strftime } from './strftime.js';

/** What a template is given beside the messages. */
export interface ChatSettings {
  readonly tools?: Tools | undefined;
  /** The template's own switches, such as `enable_thinking`. */
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined;
}

/** A conversation as the model sees it. */
export interface RenderedChat {
  readonly text: string;
  /** By message, in code points of `text`. */
  readonly parts: readonly PartPlaces[];
}

/**
 * The day that templates which print today's date are given. A score must not depend on the day it was made on, and
 * this is the one that the Llama 3 templates fall back to.
 */
const TEMPLATE_DAY = new Date(Date.UTC(2024, 6, 26));

/** What Jinja and Hugging Face give to every template. */
const GLOBALS = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  range: (...bounds: number[]) => {
    const [start, stop = 0, step = 1] = bounds.length === 1 ? [0, bounds[0]] : bounds;
    return Array.from(
      { length: Math.max(0, Math.ceil((stop - (start ?? 0)) / step)) },
      (_, i) => (start ?? 0) + i * step,
    );
  },
  raise_exception: (message: string) => {
    throw new Error(message);
  },
  strftime_now: (format: string) => strftime(format, TEMPLATE_DAY),
};

/** A model's chat template: Jinja as Hugging Face uses it. */
export class ChatTemplate {
  readonly #template: JinjaTemplate;
  readonly #special: Readonly<Record<string, string>>;

  /**
   * @param special Named special tokens, which templates print (`bos_token`, …).
   * @param origin The directory named in errors.
   * @throws EvosiftError `unsupported_tokenizer` where the source is no Jinja.
   */
  constructor(source: string, special: Readonly<Record<string, string>>, origin: string) {
    this.#special = special;
    try {
      this.#template = new JinjaTemplate(source);
    } catch (error) {
      const cause = messageOf(error);
      throw new EvosiftError('unsupported_tokenizer', `The chat template of ${origin} cannot be parsed: ${cause}`, {
        cause: error,
      });
    }
  }

  /**
   * The text of a conversation, to be encoded without adding special tokens.
   *
   * @throws ChatTemplateRefusal where the template raises an exception.
   */
  render(
    messages: readonly Message[],
    settings: ChatSettings & { readonly addGenerationPrompt?: boolean } = {},
  ): string {
    const { tools, kwargs, addGenerationPrompt = false } = settings;
    try {
      return this.#template.render({
        ...GLOBALS,
        ...this.#special,
        ...kwargs,
        messages: messages.map(templateMessage),
        add_generation_prompt: addGenerationPrompt,
        tools: tools === undefined ? null : plainData(tools),
        documents: null,
      });
    } catch (error) {
      throw new ChatTemplateRefusal(messageOf(error), { cause: error });
    }
  }

  /**
   * A conversation with the places of its messages' parts.
   *
   * @throws ChatTemplateRefusal where the template raises an exception.
   */
  renderWithParts(messages: readonly Message[], settings: ChatSettings = {}): RenderedChat {
    const text = this.render(messages, settings);
    const parts = locateParts(text, messages, (marked) => this.render(marked, settings));
    const position = codePointPositions(text);
    const inCodePoints = (place: Place | null): Place | null => place && [position(place[0]), position(place[1])];
    return {
      text,
      parts: parts.map(({ reasoning, text: own, calls, rewritten }) => ({
        reasoning: inCodePoints(reasoning),
        text: inCodePoints(own),
        calls: inCodePoints(calls),
        rewritten,
      })),
    };
  }
}

/**
 * A message as Hugging Face gives it to templates: with all its fields that are not null, reasoning under the names that
 * they read.
 */
function templateMessage({ role, content, fields = {} }: Message): unknown {
  const reasoning = REASONING_FIELDS.map((name) => fields[name]).find((value) => value !== undefined);
  const aliases = reasoning === undefined ? {} : { thinking: reasoning };
  const all = {
    ...aliases,
    role,
    content,
    ...fields,
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
  };
  return plainData(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)));
}
