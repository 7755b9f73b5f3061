import { Environment, Interpreter, Template } from '@huggingface/jinja';
import type { Message } from '../rows/example.js';
import { EvosiftError, messageOf } from '../base/errors.js';
import { strftime } from './strftime.js';

/** A conversation as the model sees it. */
export interface RenderedChat {
  readonly text: string;
  /**
   * Where each message's content stands in `text`: [from, to) in code points, by message. Null for an empty content
   * and for a message that the template leaves out.
   */
  readonly contents: readonly (readonly [number, number] | null)[];
}

/** Why a template cannot lay a conversation out: the template's own words, such as "roles must alternate". */
export class ChatTemplateRefusal extends Error {
  override readonly name = 'ChatTemplateRefusal';
}

/**
 * The day that templates which print today's date are given. A score must not depend on the day it was made on, and
 * this is the one that the Llama 3 templates fall back to.
 */
const TEMPLATE_DAY = new Date(Date.UTC(2024, 6, 26));

/** What Jinja and Hugging Face give to every template (`Template.render` would bring today's date with it). */
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

/** What templates do to contents at most, in the order in which it is tried. */
const TRIMMINGS = [
  (content: string) => content,
  (content: string) => content.trim(),
  (content: string) => content.trimEnd(),
  (content: string) => content.trimStart(),
] as const;

type Literal = { readonly literal: string };
type Slot = { readonly message: number };

/** A model's chat template: Jinja as Hugging Face uses it. */
export class ChatTemplate {
  readonly #template: Template;
  readonly #special: Readonly<Record<string, string>>;
  /** Layouts by the roles of the messages: what stands between the contents. */
  readonly #layouts = new Map<string, readonly (Literal | Slot)[]>();

  /**
   * @param special Named special tokens, which templates print (`bos_token`, …).
   * @param origin The directory named in errors.
   * @throws EvosiftError `unsupported_tokenizer` where the source is no Jinja.
   */
  constructor(source: string, special: Readonly<Record<string, string>>, origin: string) {
    this.#special = special;
    try {
      this.#template = new Template(source);
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
  render(messages: readonly Message[], options: { readonly addGenerationPrompt?: boolean } = {}): string {
    try {
      const environment = new Environment();
      const variables = {
        ...GLOBALS,
        ...this.#special,
        messages: messages.map(({ role, content }) => ({ role, content })),
        add_generation_prompt: options.addGenerationPrompt ?? false,
        tools: null,
        documents: null,
      };
      for (const [name, value] of Object.entries(variables)) environment.set(name, value);
      return String(new Interpreter(environment).run(this.#template.parsed).value);
    } catch (error) {
      throw new ChatTemplateRefusal(messageOf(error), { cause: error });
    }
  }

  /**
   * A conversation with the places of its contents, which are found by rendering it a second time with marks for
   * contents: a search for the text would take a content "user" for the name of a role.
   *
   * @throws ChatTemplateRefusal where the template raises an exception, or rewrites a content beyond recognition.
   */
  renderWithContents(messages: readonly Message[]): RenderedChat {
    const text = this.render(messages);
    const contents = this.#walk(text, messages) ?? messages.map((_, i) => this.#locate(text, messages, i));
    const position = codePointPositions(text);
    return { text, contents: contents.map((range) => range && [position(range[0]), position(range[1])]) };
  }

  /** Follows the layout of these roles through the text; null where the text does not follow it. */
  #walk(text: string, messages: readonly Message[]): (readonly [number, number] | null)[] | null {
    const layout = this.#layoutOf(messages);
    const found: (readonly [number, number] | null)[] = messages.map(() => null);
    let at = 0;
    for (const [i, piece] of layout.entries()) {
      if ('literal' in piece) {
        if (!text.startsWith(piece.literal, at)) return null;
        at += piece.literal.length;
        continue;
      }
      const content = messages[piece.message]?.content ?? '';
      const next = layout[i + 1];
      const follows = next !== undefined && 'literal' in next ? next.literal : '';
      const from = at;
      const printed = TRIMMINGS.map((trim) => trim(content)).find((candidate) =>
        text.startsWith(candidate + follows, from),
      );
      if (printed === undefined) return null;
      at += printed.length;
      if (printed !== '') found[piece.message] ??= [from, at];
    }
    return at === text.length ? found : null;
  }

  #layoutOf(messages: readonly Message[]): readonly (Literal | Slot)[] {
    const roles = messages.map(({ role }) => role).join(' ');
    let layout = this.#layouts.get(roles);
    if (layout === undefined) {
      const marked = this.render(messages.map(({ role }, i) => ({ role, content: markOf(i) })));
      layout = marked.split(MARKS).map((piece, i) => (i % 2 === 0 ? { literal: piece } : { message: Number(piece) }));
      this.#layouts.set(roles, layout);
    }
    return layout;
  }

  /** For templates whose layout depends on the contents: marks one message only and compares what stands around it. */
  #locate(text: string, messages: readonly Message[], index: number): readonly [number, number] | null {
    const message = messages[index];
    if (message === undefined || message.content.trim() === '') return null;
    const marked = this.render(messages.map((one, i) => (i === index ? { ...one, content: markOf(i) } : one)));
    const mark = marked.indexOf(markOf(index));
    if (mark < 0) return null;
    const after = marked.slice(mark + markOf(index).length);
    const to = text.length - after.length;
    if (to < mark || !text.startsWith(marked.slice(0, mark)) || !text.endsWith(after)) {
      throw new ChatTemplateRefusal(`message ${index + 1} cannot be found in what the chat template makes of it`);
    }
    // What the content called forth around itself is not the content.
    const place = text.slice(mark, to);
    const printed = TRIMMINGS.map((trim) => trim(message.content)).find((candidate) => place.includes(candidate));
    if (printed === undefined) return to === mark ? null : [mark, to];
    const from = mark + place.lastIndexOf(printed);
    return [from, from + printed.length];
  }
}

/** Private-use characters around a number: nothing that a template trims, splits or prints itself. */
const markOf = (index: number): string => `\u{F0000}${index}\u{F0001}`;
const MARKS = /\u{F0000}(\d+)\u{F0001}/u;

/** From UTF-16 positions in a text to code points, in which tokenizers count. */
function codePointPositions(text: string): (position: number) => number {
  if (!/[\ud800-\udfff]/.test(text)) return (position) => position;
  const positions = new Int32Array(text.length + 1);
  let count = 0;
  for (let at = 0; at < text.length; count++) {
    const width = (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    positions.fill(count, at, at + width);
    at += width;
  }
  positions[text.length] = count;
  return (position) => positions[position] ?? count;
}
