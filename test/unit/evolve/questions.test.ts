import { describe, expect, it } from 'vitest';
import { countQuestions, evolveSeed } from '../../../src/evolve/evolve-seed.js';
import { BREADTH, operationsOf } from '../../../src/operations/operations.js';
import { Questions } from '../../../src/ask/questions.js';
import { constantSchedule, randomSchedule } from '../../../src/evolve/schedule.js';
import { SeedEvolver } from '../../../src/evolve/evolve-seeds.js';
import type { Chain } from '../../../src/evolve/evolve-row.js';
import type { Question } from '../../../src/llm/question.js';
import { answered, chainOf, evolved, ScriptedAsker, seed, unchanged, type Script } from './scripted.js';

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
    for (let index = 0; index < 500; index++) await evolver.evolve({ ok: true, index, variant: seed });
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
    const given = { rounds: 3, addsBreadth: true, retries: 0, schedule: constantSchedule(BREADTH) };
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
