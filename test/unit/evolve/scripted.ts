import { loadPrompts } from '../../../src/ask/prompts/load-prompts.js';
import { Questions } from '../../../src/ask/questions.js';
import { IN_DEPTH } from '../../../src/operations/operations.js';
import { rotatingSchedule } from '../../../src/evolve/schedule.js';
import type { ChainParts } from '../../../src/evolve/evolve-row.js';
import type { Scoring } from '../../../src/evolve/scoring.js';
import type { Finding, Variant } from '../../../src/evolve/variant.js';
import type { GeneratorPlan } from '../../../src/llm/generator.js';
import type { Answered, Asker, Question } from '../../../src/llm/question.js';
import type { FailureKind } from '../../../src/llm/request-error.js';

export type Script = (question: Question) => Finding | { readonly failed: FailureKind } | Error;

/** Answers by a script, and remembers what it was asked. */
export class ScriptedAsker implements Asker {
  readonly questions: Question[] = [];

  constructor(private readonly script: Script) {}

  async ask<Found>(question: Question): Promise<Answered<Found>> {
    this.questions.push(question);
    const scripted = this.script(question);
    if (scripted instanceof Error) throw scripted;
    if ('failed' in scripted && !('kind' in scripted))
      return { ok: false, kind: scripted.failed, detail: 'given up on' };
    const usage = { promptTokens: null, completionTokens: null };
    const completion = { text: '', reasoning: null, finishReason: 'stop', usage, logprobs: null } as const;
    return { ok: true, completion, finding: scripted as Found, journaled: false };
  }

  /** What was asked for, in order. */
  get asked(): string[] {
    return this.questions.map(({ key }) => `${key.item} ${key.operation} ${key.sample}/${key.attempt}`);
  }
}

export const evolved = (instruction: string): Finding => ({ kind: 'evolved', instruction, eliminated: null });
export const unchanged: Finding = { kind: 'evolved', instruction: 'same', eliminated: 'unchanged', detail: 'the same' };
export const answered = (response: string): Finding => ({ kind: 'response', response, failed: null });

export const plan = (name: string, sampling: GeneratorPlan['sampling'] = {}): GeneratorPlan => ({
  name,
  source: { kind: 'replay', path: 'journal.jsonl' },
  systemPrompt: null,
  sampling,
});

export const seed: Variant = {
  id: '4',
  seed: '4',
  parent: null,
  round: 0,
  instruction: 'Name a river.',
  input: 'in Asia',
  response: 'The Mekong.',
};

const prompts = await loadPrompts();

export function chainParts(asker: Asker, parts: Partial<ChainParts> & { readonly answers?: boolean } = {}): ChainParts {
  const { answers = false, ...others } = parts;
  const common = { asker, prompts, plan: plan('small'), signal: undefined };
  const sampling = { temperature: 0, maxTokens: 256 };
  return {
    evolver: { ...common, sampling, eliminate: 'strict', maxCharacters: null },
    generator: 0,
    schedule: rotatingSchedule(IN_DEPTH),
    rounds: 1,
    addsBreadth: false,
    retries: 1,
    bestOf: 1,
    responder: answers ? { ...common, sampling, retries: 1 } : null,
    scoring: null,
    questions: new Questions(),
    ...others,
  };
}

/** Scores by a number in the instruction; one without is unscored. */
export const numberScoring: Scoring = {
  maxCharacters: 1000,
  score: async ({ instruction, response }) => {
    const value = /\d+/.exec(instruction)?.[0];
    const scored = value !== undefined && response !== null;
    return {
      lossQ: 3,
      lossAGivenQ: scored ? 2 : null,
      lossA: scored ? 2.5 : null,
      ifd: scored ? 0.8 : null,
      icIfd: scored ? Number(value) / 100 : null,
      unscored: scored ? null : 'empty_response',
    };
  },
};
