import { expect, test } from 'vitest';
import type { Eliminator, EliminatorPreset, Evolved } from '../../src/operations/eliminators/eliminator.js';
import { parseAnswer } from '../../src/ask/answers/parse-answer.js';
import type { EvolvedAsked } from '../../src/operations/examine-evolved.js';
import type { Completion, FinishReason } from '../../src/llm/chat.js';

/** A case of a rule's table: what was evolved, and the answer. */
export interface Case {
  readonly parent: string;
  readonly answer: string;
  readonly input?: string;
  readonly siblings?: readonly string[];
  readonly breadth?: boolean;
  readonly marker?: string;
  readonly prompt?: string;
  readonly finishReason?: FinishReason;
  readonly maxCharacters?: number;
}

/** A prompt in the manner of the built-in ones. */
export const promptOf = (parent: string): string =>
  `Your job is to edit an instruction so that it gets a little harder to carry out.\n<instruction>\n${parent}\n</instruction>\nReply with the new instruction and nothing else.\n\nNew instruction:`;

export const askedOf = (one: Case, preset: EliminatorPreset = 'strict'): EvolvedAsked => ({
  preset,
  parent: { instruction: one.parent, input: one.input ?? '' },
  siblings: one.siblings ?? [],
  breadth: one.breadth ?? false,
  marker: one.marker ?? null,
  prompt: one.prompt ?? promptOf(one.parent),
  maxCharacters: one.maxCharacters ?? null,
});

export const completionOf = (text: string, finishReason: FinishReason = 'stop'): Completion => ({
  text,
  reasoning: null,
  finishReason,
  usage: { promptTokens: null, completionTokens: null },
  logprobs: null,
});

export function evolvedOf(one: Case): Evolved {
  const asked = {
    parent: { instruction: one.parent, input: one.input ?? '' },
    marker: one.marker ?? null,
    prompt: one.prompt ?? promptOf(one.parent),
  };
  return {
    ...asked,
    ...parseAnswer(one.answer, asked),
    siblings: one.siblings ?? [],
    breadth: one.breadth ?? false,
    finishReason: one.finishReason ?? 'stop',
    maxCharacters: one.maxCharacters ?? null,
  };
}

/** A test for each case: the rule hits all `hits`, with evidence in one sentence, and none of `misses`. */
export function testRule(rule: Eliminator, hits: readonly Case[], misses: readonly Case[]): void {
  test.each(hits)('hits $answer', (one) => {
    expect(rule.examine(evolvedOf(one))).toMatch(/^[A-Z].*\.$/s);
  });
  test.each(misses)('lets $answer through', (one) => {
    expect(rule.examine(evolvedOf(one))).toBeNull();
  });
}
