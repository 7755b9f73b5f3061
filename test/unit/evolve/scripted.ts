import type { ResponseFailure, ResponseFinding } from '../../../src/ask/examine-response.js';
import { loadPrompts } from '../../../src/ask/prompts/load-prompts.js';
import { Questions } from '../../../src/ask/questions.js';
import type { Variant } from '../../../src/ask/variant.js';
import { PROMPTS } from '../../../src/evolve/evolution-plan.js';
import type { Chain } from '../../../src/evolve/evolve-row.js';
import { rotatingSchedule } from '../../../src/evolve/schedule.js';
import type { EvolvedFinding } from '../../../src/operations/examine-evolved.js';
import { IN_DEPTH } from '../../../src/operations/operations.js';
import type { Scoring } from '../../../src/score/scoring-stream.js';
import type { GeneratorPlan } from '../../../src/llm/generator.js';
import type { Answered, Asker, Question } from '../../../src/llm/question.js';
import type { FailureKind } from '../../../src/llm/request-error.js';

type Finding = EvolvedFinding | ResponseFinding;

export type Script = (question: Question) => Finding | { readonly refused: FailureKind } | Error;

/** Answers by a script, and remembers what it was asked. */
export class ScriptedAsker implements Asker {
  readonly questions: Question[] = [];

  constructor(private readonly script: Script) {}

  async ask<Found>(question: Question): Promise<Answered<Found>> {
    this.questions.push(question);
    const scripted = this.script(question);
    if (scripted instanceof Error) throw scripted;
    if ('refused' in scripted) return { ok: false, kind: scripted.refused, detail: 'given up on' };
    const usage = { promptTokens: null, completionTokens: null };
    const completion = { text: '', reasoning: null, finishReason: 'stop', usage, logprobs: null } as const;
    return { ok: true, completion, finding: scripted as Found, journaled: false };
  }

  /** What was asked for, in order. */
  get asked(): string[] {
    return this.questions.map(({ key }) => `${key.item} ${key.operation} ${key.sample}/${key.attempt}`);
  }
}

export const evolved = (instruction: string): Finding => ({ instruction, eliminated: null });
export const unchanged: Finding = { instruction: 'same', eliminated: 'unchanged', detail: 'the same' };
export const answered = (text: string, failed: ResponseFailure | null = null): Finding => ({ text, failed });

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

const prompts = await loadPrompts(PROMPTS);

export function chainOf(asker: Asker, chain: Partial<Chain> & { readonly answers?: boolean } = {}): Chain {
  const { answers = false, ...others } = chain;
  return {
    context: { asker, prompts, sampling: { samplingPreset: 'published', temperature: 0, maxTokens: 256 } },
    evolver: { plan: plan('small'), eliminate: 'strict', maxCharacters: null },
    generator: 0,
    schedule: rotatingSchedule(IN_DEPTH),
    rounds: 1,
    addsBreadth: false,
    retries: 1,
    bestOf: 1,
    responder: answers ? { plan: plan('small'), retries: 1 } : null,
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
