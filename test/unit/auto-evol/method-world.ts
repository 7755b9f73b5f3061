import { examineBy, type Examination } from '../../../src/ask/examination.js';
import { examineResponse } from '../../../src/ask/examine-response.js';
import { loadPrompts } from '../../../src/ask/prompts/load-prompts.js';
import { Questions } from '../../../src/ask/questions.js';
import type { Variant } from '../../../src/ask/variant.js';
import type { Optimisation } from '../../../src/auto-evol/optimisation.js';
import { examineOptimiser, REWRITE_METHOD } from '../../../src/auto-evol/optimiser.js';
import { settleAutoOptions, type AutoOptions, type AutoSettings } from '../../../src/auto-evol/options.js';
import { PROMPTS } from '../../../src/evolve/evolution-plan.js';
import { examineEvolved, type EvolvedAsked } from '../../../src/operations/examine-evolved.js';
import type { Scoring, TextScores } from '../../../src/score/scoring-stream.js';
import type { GeneratorPlan } from '../../../src/llm/generator.js';
import type { Answered, Asker, Question } from '../../../src/llm/question.js';
import type { FailureKind } from '../../../src/llm/request-error.js';

const examine = examineBy({ response: examineResponse, evolved: examineEvolved, optimiser: examineOptimiser });

const ANIMALS = ['otters', 'herons', 'lynxes', 'badgers', 'newts', 'owls', 'hares'] as const;

/** Rows with different instructions; the number in each is what makes it easy or hard for a method. */
export const rowsOf = (count: number): Variant[] =>
  Array.from({ length: count }, (_, index) => ({
    id: String(index),
    seed: String(index),
    parent: null,
    round: 0,
    instruction: `Task ${index}: write a short paragraph about how ${ANIMALS[index % ANIMALS.length]} spend their day.`,
    input: '',
    response: null,
    reasoning: null,
  }));

/** What a rewriting is asked for. */
export interface RewritingPlace {
  readonly step: number;
  readonly sample: number;
}

export interface World {
  /** The skill and the flavour of the method that a rewriting gives; null: an answer without a method. */
  readonly rewriting: (place: RewritingPlace) => { readonly skill: number; readonly flavour?: number } | null;
  /** Requests that fail. */
  readonly failing?: (question: Question) => FailureKind | null;
}

/**
 * A generator for whom methods differ: one of skill S (0 to 100, the pack's own first method has 20) evolves the share S
 * of all rows and gives the others back as they were. The method's flavour shows in what it evolves.
 */
export class WorldAsker implements Asker {
  readonly questions: Question[] = [];

  constructor(private readonly world: World) {}

  async ask<Found>(question: Question): Promise<Answered<Found>> {
    this.questions.push(question);
    const kind = this.world.failing?.(question) ?? null;
    if (kind !== null) return { ok: false, kind, detail: `the ${question.key.operation} request was turned down` };
    const completion = {
      text: this.#answer(question),
      reasoning: null,
      finishReason: 'stop',
      usage: { promptTokens: null, completionTokens: null },
      logprobs: null,
    } as const;
    const finding = examine(completion, question.examination as Examination<unknown>);
    return { ok: true, completion, finding: finding as Found, journaled: false };
  }

  of(operation: string): Question[] {
    return this.questions.filter(({ key }) => key.operation === operation);
  }

  #answer({ key, messages, examination }: Question): string {
    const prompt = messages.map(({ content }) => content).join('\n');
    switch (key.operation) {
      case 'auto':
        return evolved(prompt, (examination as { readonly asked: EvolvedAsked }).asked);
      case 'respond':
        return 'They rise at dawn, look for food along the water and rest through the afternoon, because it is warm.';
      case 'analyse':
        return 'Some tasks come back as they were: ask for one more requirement each time.';
      default: {
        const step = Number(/^step-(\d+)/.exec(key.item)?.[1]);
        const method = this.world.rewriting({ step, sample: key.sample });
        if (method === null) return '';
        const text = `Read the task, then add one requirement to it. Skill ${method.skill}, flavour ${method.flavour ?? 0}.`;
        return MARKERS.rewrite === null ? text : `Improved.\n${MARKERS.rewrite}\n${text}`;
      }
    }
  }
}

function evolved(prompt: string, { marker, parent }: EvolvedAsked): string {
  const skill = Number(/Skill (\d+)/.exec(prompt)?.[1] ?? 20);
  const flavour = Number(/flavour (\d+)/.exec(prompt)?.[1] ?? 0);
  const difficulty = (Number(/Task (\d+)/.exec(parent.instruction)?.[1]) * 37) % 100;
  const grown = `${parent.instruction} Explain in two sentences of their own why winter changes it; flavour ${flavour}.`;
  const text = difficulty < skill ? grown : parent.instruction;
  return marker === null ? text : `Plan: add a requirement.\n${marker}\n${text}`;
}

const prompts = await loadPrompts(PROMPTS);

const MARKERS = { rewrite: prompts.render(REWRITE_METHOD, { method: 'm', feedback: 'f' }).marker };

export const plan = (name: string, sampling: GeneratorPlan['sampling'] = {}): GeneratorPlan => ({
  name,
  source: { kind: 'replay', path: 'journal.jsonl' },
  systemPrompt: null,
  sampling,
});

export const settingsOf = (options: Omit<AutoOptions, 'optimise'>): AutoSettings =>
  settleAutoOptions({ optimise: true, ...options }, true);

export const optimisationOf = (
  asker: Asker,
  settings: AutoSettings,
  given: Partial<Optimisation> = {},
): Optimisation => ({
  context: { asker, prompts, sampling: { samplingPreset: 'own', maxTokens: 512 } },
  settings,
  evolver: plan('evolver'),
  responder: plan('responder'),
  optimiser: plan('optimiser'),
  scoring: null,
  generator: 1,
  questions: new Questions(),
  planned: new Map(),
  label: '',
  ...given,
});

/** Scores by the flavour of what was evolved; what was not evolved is without a score. */
export const flavourScoring: Scoring = {
  maxCharacters: 10_000,
  score: async ({ instruction }): Promise<TextScores> => {
    const flavour = /flavour (\d+)/.exec(instruction)?.[1];
    const icIfd = flavour === undefined ? 0.1 : 0.1 + Number(flavour) / 100;
    return { lossQ: 3, lossAGivenQ: 2, lossA: 2.5, ifd: 0.8, icIfd, unscored: null };
  },
};
