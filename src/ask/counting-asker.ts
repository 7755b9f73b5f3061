import type { ChatMessage, Completion, Sampling } from '../llm/chat.js';
import type { Answered, Asker, Question } from '../llm/question.js';
import type { Examination } from './examination.js';
import type { Prompts } from './prompts/prompt-pack.js';

export const CHARACTERS_PER_TOKEN = 4;

/** Tokens of a text, about. */
export const estimateTokens = (text: string): number => Math.ceil(text.length / CHARACTERS_PER_TOKEN);

/** What assumed text is made of: no text of anybody's, and so it can be left out of what is shown. */
const ASSUMED = ['\uE000', '\uE001'] as const;

/**
 * Assumed text of so many tokens, about.
 *
 * @param number Texts of different numbers differ, as long as there is room for its binary digits.
 */
export const textOfTokens = (tokens: number, number = 0): string =>
  number
    .toString(ASSUMED.length)
    .replaceAll(/./g, (digit) => ASSUMED[Number(digit)] ?? '')
    .padStart(tokens * CHARACTERS_PER_TOKEN, ASSUMED[0]);

const withoutAssumed = ({ role, content }: ChatMessage): ChatMessage => ({
  role,
  content: content.replaceAll(/[\uE000\uE001]/g, ''),
});

/** What is taken for an answer: what its examination would find, and how long it is. */
export interface AssumedAnswer<Finding> {
  readonly finding: Finding;
  readonly tokens: number;
}

/** An answer to everything that is asked, by the kind of its examination. */
export type Assumptions = Readonly<Record<string, (asked: never) => AssumedAnswer<unknown>>>;

/** The first request of an operation, as it would be sent; of texts that are yet to be made, the part that is known. */
export interface SampleRequest {
  readonly generator: string;
  readonly operation: string;
  readonly messages: readonly ChatMessage[];
  readonly sampling: Sampling;
}

/** Asks nobody: answers by rule and counts what would be sent, so that a run can be known before it is begun. */
export class CountingAsker implements Asker {
  readonly #requests = new Map<string, number>();
  readonly #samples = new Map<string, SampleRequest>();
  #promptTokens = 0;
  #completionTokens = 0;

  constructor(private readonly assumptions: Assumptions) {}

  async ask<Finding>({ key, plan, messages, sampling, examination }: Question): Promise<Answered<Finding>> {
    const { operation } = key;
    const { kind, asked } = examination as Examination<Finding>;
    const assume = this.assumptions[kind];
    if (assume === undefined) throw new TypeError(`nothing is assumed of answers of the kind ${kind}`);
    const { finding, tokens } = assume(asked as never);
    const promptTokens = messages.reduce((sum, { content }) => sum + estimateTokens(content), 0);
    const completionTokens = Math.min(tokens, sampling.maxTokens);
    this.#requests.set(operation, (this.#requests.get(operation) ?? 0) + 1);
    this.#promptTokens += promptTokens;
    this.#completionTokens += completionTokens;
    const name = JSON.stringify([plan.name, operation]);
    if (!this.#samples.has(name)) {
      const shown = messages.map(withoutAssumed);
      this.#samples.set(name, { generator: plan.name, operation, messages: shown, sampling });
    }
    return { ok: true, completion: NO_TEXT, finding: finding as Finding, journaled: false };
  }

  /** Requests by operation. */
  get requests(): ReadonlyMap<string, number> {
    return this.#requests;
  }

  get samples(): readonly SampleRequest[] {
    return [...this.#samples.values()];
  }

  get tokens(): { readonly prompt: number; readonly completion: number } {
    return { prompt: this.#promptTokens, completion: this.#completionTokens };
  }
}

const NO_TEXT: Completion = {
  text: '',
  reasoning: null,
  finishReason: 'stop',
  usage: { promptTokens: null, completionTokens: null },
  logprobs: null,
};

/** Prompts without words, where it is only counted how many are asked. */
export const UNWORDED_PROMPTS: Prompts = { render: () => ({ messages: [], marker: null }) };
