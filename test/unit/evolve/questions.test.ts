import { describe, expect, it } from 'vitest';
import type { ResponseFinding } from '../../../src/ask/examine-response.js';
import { loadPrompts } from '../../../src/ask/prompts/load-prompts.js';
import { Questions } from '../../../src/ask/questions.js';
import type { Variant } from '../../../src/ask/variant.js';
import { PROMPTS } from '../../../src/evolve/evolution-plan.js';
import type { Chain } from '../../../src/evolve/evolve-row.js';
import { countQuestions, evolveSeed } from '../../../src/evolve/evolve-seed.js';
import { SeedEvolver } from '../../../src/evolve/evolve-seeds.js';
import { constantSchedule, randomSchedule, rotatingSchedule } from '../../../src/evolve/schedule.js';
import type { GeneratorPlan } from '../../../src/llm/generator.js';
import type { Answered, Asker, Question } from '../../../src/llm/question.js';
import type { FailureKind } from '../../../src/llm/request-error.js';
import type { EvolvedFinding } from '../../../src/operations/examine-evolved.js';
import { operationsOf } from '../../../src/operations/operations.js';

type Finding = EvolvedFinding | ResponseFinding;

type Script = (question: Question) => Finding | { readonly refused: FailureKind };

/** Answers by a script, and remembers what it was asked. */
class ScriptedAsker implements Asker {
  readonly questions: Question[] = [];

  constructor(private readonly script: Script) {}

  async ask<Found>(question: Question): Promise<Answered<Found>> {
    this.questions.push(question);
    const scripted = this.script(question);
    if ('refused' in scripted) return { ok: false, kind: scripted.refused, detail: 'given up on' };
    const usage = { promptTokens: null, completionTokens: null };
    const completion = { text: '', reasoning: null, finishReason: 'stop', usage, logprobs: null } as const;
    return { ok: true, completion, finding: scripted as Found, journaled: false };
  }
}

const evolved = (instruction: string): Finding => ({ instruction, eliminated: null });
const unchanged: Finding = { instruction: 'same', eliminated: 'unchanged', detail: 'the same' };
const answered = (text: string): Finding => ({ text, reasoning: null, failed: null });

const plan: GeneratorPlan = {
  name: 'small',
  source: { kind: 'replay', path: 'journal.jsonl' },
  systemPrompt: null,
  sampling: {},
};

const seed: Variant = {
  id: '4',
  seed: '4',
  parent: null,
  round: 0,
  instruction: 'Name a river.',
  input: 'in Asia',
  response: 'The Mekong.',
  reasoning: null,
};

const prompts = await loadPrompts(PROMPTS);

function chainOf(asker: Asker, chain: Partial<Chain> & { readonly answers?: boolean } = {}): Chain {
  const { answers = false, ...others } = chain;
  return {
    context: { asker, prompts, sampling: { samplingPreset: 'published', temperature: 0, maxTokens: 256 } },
    evolver: { plan, eliminate: 'strict', maxCharacters: null },
    generator: 0,
    schedule: rotatingSchedule(operationsOf('off')),
    rounds: 1,
    addsBreadth: false,
    retries: 1,
    bestOf: 1,
    responder: answers ? { plan, retries: 1 } : null,
    scoring: null,
    questions: new Questions(),
    ...others,
  };
}

/** A seed's questions as they are counted: by round when they were planned, before each question, and at the end. */
async function counted(script: Script, given: Partial<Chain> & { readonly answers?: boolean } = {}) {
  const questions = new Questions();
  const seen: string[] = [];
  const text = (): string => questions.parts.map(({ answered: done, planned }) => `${done}/${planned}`).join(' ');
  const asker = new ScriptedAsker((question) => {
    seen.push(text());
    return script(question);
  });
  const chain = chainOf(asker, { questions, ...given });
  const planned = await countQuestions(chain, 4);
  for (const [part, count] of planned) questions.plan(part, count);
  const before = text();
  await evolveSeed(chain, 4, seed, planned);
  return { before, seen, after: text(), asked: asker.questions.length };
}

const respondsAndEvolves = ({ key }: Question) =>
  key.operation === 'respond' ? answered('It is long.') : evolved(`${key.item}?`);

describe('the questions of many seeds', () => {
  it('are estimated from the first of them where breadth adds rows, and right in the end', async () => {
    const questions = new Questions();
    const asker = new ScriptedAsker(respondsAndEvolves);
    const schedule = randomSchedule(operationsOf('add'), 1);
    const evolver = new SeedEvolver([chainOf(asker, { questions, rounds: 3, addsBreadth: true, schedule })]);
    await evolver.plan(500);
    const planned = questions.parts.map((part) => part.planned);
    for (let index = 0; index < 500; index++) await evolver.evolve({ ok: true, index, variant: seed, ignored: [] });
    const parts = questions.parts;
    expect(parts.map((part) => part.planned)).toEqual(parts.map((part) => part.answered));
    expect(parts[2]!.answered).toBeGreaterThan(600);
    for (const [place, { answered: all }] of parts.entries()) {
      expect(Math.abs(planned[place]! - all) / all).toBeLessThan(0.1);
    }
  });
});

describe('the questions of a seed', () => {
  it('are those that were planned, where nothing is thrown away', async () => {
    const { before, seen, after } = await counted(respondsAndEvolves, { rounds: 2, answers: true });
    expect(before).toBe('0/2 0/2');
    expect(seen).toEqual(['0/2 0/2', '1/2 0/2', '2/2 0/2', '2/2 1/2']);
    expect(after).toBe('2/2 2/2');
  });

  it('become more by a second try, and fewer where nothing comes of it that could be answered', async () => {
    const { seen, after } = await counted(
      (question) => (question.key.item.startsWith('4.0.1.') ? unchanged : respondsAndEvolves(question)),
      { rounds: 2, answers: true, retries: 1 },
    );
    expect(seen).toEqual(['0/2 0/2', '1/3 0/2', '2/2 0/2', '2/2 1/2']);
    expect(after).toBe('2/2 2/2');
  });

  it('become fewer where a request is given up on', async () => {
    const { after, asked } = await counted(() => ({ refused: 'bad_request' }), { rounds: 3, answers: true });
    expect([after, asked]).toEqual(['1/1 1/1 1/1', 3]);
  });

  it('become fewer where breadth adds no row', async () => {
    const breadth = operationsOf('add').find((operation) => operation.breadth)!;
    const given = { rounds: 3, addsBreadth: true, retries: 0, schedule: constantSchedule(breadth) };
    const all = await counted(respondsAndEvolves, given);
    expect([all.before, all.after]).toEqual(['0/1 0/2 0/4', '1/1 2/2 4/4']);
    const none = await counted(() => unchanged, given);
    expect([none.before, none.after]).toEqual(['0/1 0/2 0/4', '1/1 1/1 1/1']);
  });

  it('are as many as there are candidates', async () => {
    const { before, after } = await counted(respondsAndEvolves, { bestOf: 3, answers: true });
    expect([before, after]).toEqual(['0/6', '6/6']);
  });
});
