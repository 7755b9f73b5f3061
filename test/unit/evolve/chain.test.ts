import { describe, expect, it } from 'vitest';
import { EvosiftError } from '../../../src/base/errors.js';
import { evolveSeed as evolvePlanned } from '../../../src/evolve/evolve-seed.js';
import type { Chain } from '../../../src/evolve/evolve-row.js';
import type { Variant } from '../../../src/ask/variant.js';
import { IN_DEPTH, operationsOf } from '../../../src/operations/operations.js';
import { constantSchedule, rotatingSchedule } from '../../../src/evolve/schedule.js';
import type { EvolvedAsked } from '../../../src/operations/examine-evolved.js';
import { answered, chainOf, evolved, numberScoring, plan, ScriptedAsker, seed, unchanged } from './scripted.js';

const examined = (asker: ScriptedAsker, position: number): EvolvedAsked =>
  (asker.questions[position]!.examination as { readonly asked: EvolvedAsked }).asked;

const evolveSeed = (chain: Chain, index: number, from: Variant) => evolvePlanned(chain, index, from, new Map());

describe('a chain', () => {
  it('makes each round of what the round before made, and carries the input along', async () => {
    const asker = new ScriptedAsker(({ key }) => evolved(`after ${key.operation}`));
    const { lines, survivors, stopped } = await evolveSeed(chainOf(asker, { rounds: 2 }), 4, seed);
    expect(asker.asked).toEqual(['4.0.1.0 deepening 0/0', '4.0.2.0 concretising 0/0']);
    expect(examined(asker, 1).parent).toEqual({ instruction: 'after deepening', input: 'in Asia' });
    expect(survivors.map(({ variant }) => variant)).toEqual([
      {
        id: '4.0.1.0',
        seed: '4',
        parent: '4',
        round: 1,
        instruction: 'after deepening',
        input: 'in Asia',
        response: null,
      },
      {
        id: '4.0.2.0',
        seed: '4',
        parent: '4.0.1.0',
        round: 2,
        instruction: 'after concretising',
        input: 'in Asia',
        response: null,
      },
    ]);
    expect(lines.map(({ status }) => status)).toEqual(['survived', 'survived']);
    expect(stopped).toBeNull();
  });

  it('takes the next operation after an elimination, and keeps every attempt', async () => {
    const asker = new ScriptedAsker(({ key }) => (key.attempt === 0 ? unchanged : evolved('better')));
    const { lines } = await evolveSeed(chainOf(asker), 4, seed);
    expect(asker.asked).toEqual(['4.0.1.0 deepening 0/0', '4.0.1.0 concretising 0/1']);
    expect(lines.map(({ op, attempt, status, reason }) => ({ op, attempt, status, reason }))).toEqual([
      { op: 'deepening', attempt: 0, status: 'eliminated', reason: 'unchanged' },
      { op: 'concretising', attempt: 1, status: 'survived', reason: null },
    ]);
    // Another prompt needs no other temperature.
    expect(asker.questions.map(({ sampling }) => sampling.temperature)).toEqual([0, 0]);
  });

  it('draws with chance where the only operation is tried again', async () => {
    const asker = new ScriptedAsker(() => unchanged);
    const [operation] = IN_DEPTH;
    const parts = chainOf(asker, { schedule: constantSchedule(operation!), retries: 2 });
    await evolveSeed(parts, 4, seed);
    expect(asker.questions.map(({ sampling }) => sampling.temperature)).toEqual([0, 0.7, 0.7]);
    expect(new Set(asker.questions.map(({ key }) => key.attempt)).size).toBe(3);
  });

  it('changes the seed of drawing for another try at the same prompt', async () => {
    const asker = new ScriptedAsker(() => unchanged);
    const parts = chainOf(asker, { schedule: constantSchedule(IN_DEPTH[0]!), retries: 2 });
    const own = { samplingPreset: 'own', seed: 5, maxTokens: 9 } as const;
    await evolveSeed({ ...parts, context: { ...parts.context, sampling: own } }, 4, seed);
    expect(asker.questions.map(({ sampling }) => sampling)).toEqual([
      { seed: 5, maxTokens: 9 },
      { seed: 6, maxTokens: 9 },
      { seed: 7, maxTokens: 9 },
    ]);
  });

  it('keeps instruction and answer of a row of which nothing came', async () => {
    const asker = new ScriptedAsker(({ key }) => {
      if (key.stage === 'respond') return answered(`answer to ${key.item}`);
      return key.item.startsWith('4.0.2') ? unchanged : evolved(`made in ${key.item}`);
    });
    const { survivors } = await evolveSeed(chainOf(asker, { rounds: 3, retries: 0, answers: true }), 4, seed);
    expect(survivors.map(({ variant: { id, parent, response } }) => ({ id, parent, response }))).toEqual([
      { id: '4.0.1.0', parent: '4', response: 'answer to 4.0.1.0' },
      { id: '4.0.3.0', parent: '4.0.1.0', response: 'answer to 4.0.3.0' },
    ]);
  });

  it('does not replace a request that failed by another', async () => {
    const asker = new ScriptedAsker(() => ({ refused: 'timeout' }));
    const { lines, survivors } = await evolveSeed(chainOf(asker, { retries: 3 }), 4, seed);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ status: 'failed', reason: 'timeout', instruction: null });
    expect(survivors).toEqual([]);
  });

  it("never takes over the parent's answer", async () => {
    const asker = new ScriptedAsker(({ key }) =>
      key.stage === 'respond' ? answered('', 'refusal') : evolved('harder'),
    );
    const { lines, survivors } = await evolveSeed(chainOf(asker, { answers: true, scoring: numberScoring }), 4, seed);
    expect(survivors[0]?.variant.response).toBeNull();
    expect(lines[0]).toMatchObject({
      response: null,
      response_reason: 'refusal',
      loss_q: 3,
      ic_ifd: null,
      score_reason: 'empty_response',
    });
    expect(asker.asked).toEqual(['4.0.1.0 deepening 0/0', '4.0.1.0 respond 0/0', '4.0.1.0 respond 0/1']);
  });

  it('keeps the best IC-IFD among the candidates; the others stay in the lineage', async () => {
    const values = [20, 40, 30];
    const asker = new ScriptedAsker(({ key }) =>
      key.stage === 'respond' ? answered('an answer') : evolved(`candidate ${values[key.sample]}`),
    );
    const parts = chainOf(asker, { bestOf: 3, answers: true, scoring: numberScoring });
    const { lines, survivors } = await evolveSeed(parts, 4, seed);
    expect(survivors.map(({ variant }) => variant.id)).toEqual(['4.0.1.1']);
    expect(lines.map(({ status, ic_ifd }) => [status, ic_ifd])).toEqual([
      ['outdone', 0.2],
      ['survived', 0.4],
      ['outdone', 0.3],
    ]);
    const evolutions = asker.questions.filter(({ key }) => key.stage === 'evolve');
    expect(evolutions.map(({ sampling }) => sampling.temperature)).toEqual([0, 0.7, 0.7]);
    expect(examined(asker, asker.questions.indexOf(evolutions[2]!)).siblings).toEqual(['candidate 20', 'candidate 40']);
  });

  it('takes a candidate without a score only where none has one', async () => {
    const asker = new ScriptedAsker(({ key }) =>
      key.stage === 'respond'
        ? answered('an answer')
        : evolved(key.sample === 0 ? 'no number' : `number ${key.sample}`),
    );
    const parts = chainOf(asker, { bestOf: 2, answers: true, scoring: numberScoring });
    expect((await evolveSeed(parts, 4, seed)).survivors[0]?.variant.instruction).toBe('number 1');
  });

  it('adds a row by breadth, which evolves on from the next round', async () => {
    const asker = new ScriptedAsker(({ key }) => evolved(`made in ${key.item}`));
    // Row 3: breadth in round 1 (3 + 1 = 4), then constraints for it.
    const parts = chainOf(asker, {
      rounds: 2,
      addsBreadth: true,
      schedule: rotatingSchedule(operationsOf('add')),
    });
    const { survivors } = await evolveSeed(parts, 3, { ...seed, id: '3', seed: '3' });
    expect(survivors.map(({ variant: { id, parent }, op }) => ({ id, parent, op }))).toEqual([
      { id: '3.0.1.0', parent: '3', op: 'breadth' },
      { id: '3.0.2.0', parent: '3', op: 'constraints' },
      { id: '3.0.2.1', parent: '3.0.1.0', op: 'deepening' },
    ]);
    expect(examined(asker, 1).siblings).toEqual(['made in 3.0.1.0']);
    expect(examined(asker, 2).siblings).toEqual([]);
  });

  it('puts a breadth row in the place of its parent otherwise', async () => {
    const asker = new ScriptedAsker(({ key }) => evolved(`made in ${key.item}`));
    const parts = chainOf(asker, { rounds: 2, schedule: rotatingSchedule(operationsOf('replace')) });
    const { survivors } = await evolveSeed(parts, 3, { ...seed, id: '3', seed: '3' });
    expect(survivors.map(({ variant }) => variant.parent)).toEqual(['3', '3.0.1.0']);
  });

  it('ends at a stop with the rounds that were whole', async () => {
    const spent = new EvosiftError('budget_spent', 'The budget is spent.');
    const asker = new ScriptedAsker(({ key }) => (key.item.startsWith('4.0.2') ? spent : evolved('harder')));
    const { lines, stopped } = await evolveSeed(chainOf(asker, { rounds: 3 }), 4, seed);
    expect(lines.map(({ round }) => round)).toEqual([1]);
    expect(stopped).toBe(spent);
  });

  it('throws what is no stop', async () => {
    const asker = new ScriptedAsker(() => new EvosiftError('replay_miss', 'No such answer.'));
    await expect(evolveSeed(chainOf(asker), 4, seed)).rejects.toMatchObject({ code: 'replay_miss' });
  });

  it("lets the generator's own sampling win, an operation's over its default", async () => {
    const asker = new ScriptedAsker(() => evolved('harder'));
    const parts = chainOf(asker);
    const own = plan('small', { default: { temperature: 1, topP: 0.5 }, deepening: { topP: 0.9 } });
    await evolveSeed({ ...parts, evolver: { ...parts.evolver, plan: own } }, 4, seed);
    expect(asker.questions[0]?.sampling).toEqual({ temperature: 1, topP: 0.9, maxTokens: 256 });
  });
});
