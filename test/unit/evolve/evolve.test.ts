import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createScorer,
  evolve,
  type DatasetRow,
  type EvolveOptions,
  type GeneratorPlan,
  type LineageLine,
  type Scorer,
} from '../../../src/index.js';
import { withOwnSeed } from '../../../src/llm/fleet/own-seed.js';
import type { JournalKey } from '../../../src/llm/question.js';
import { datasetOf, lineageOf } from '../../support/evolution.js';
import { journalLines, planOf, replayOf } from '../../support/fleet-fixture.js';
import { FormulaEngine } from '../../support/formula-engine.js';
import { ScriptedLlm, type Asked, type Script } from '../../support/scripted-llm.js';

const SEED = { instruction: 'Name a river.', input: 'in Asia', output: 'The Mekong.' };

/** A row that can't be evolved. */
const EMPTY = { ...SEED, instruction: '' };

const open: Scorer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((scorer) => scorer.close()));
});

async function newScorer(): Promise<Scorer> {
  const tokenizerDirectory = resolve(import.meta.dirname, '../../../models/pocket');
  const modelHash = async (): Promise<string> => 'formula';
  const scorer = await createScorer(new FormulaEngine(), { model: 'formula', tokenizerDirectory, modelHash });
  open.push(scorer);
  return scorer;
}

interface Evolution {
  readonly given: EvolveOptions & { readonly out: string };
  /** Null where it was stopped. */
  readonly stopped: { readonly code: string } | null;
  /** What was made of the seeds. */
  readonly attempts: readonly LineageLine[];
  readonly survivors: readonly DatasetRow[];
  readonly asked: readonly Asked[];
  /** What the requests were for, in the order in which they were answered. */
  readonly keys: readonly JournalKey[];
}

interface Given extends Partial<EvolveOptions> {
  readonly rows?: readonly object[];
  /** The generator's own. */
  readonly sampling?: GeneratorPlan['sampling'];
}

/** Evolves `rows` (one seed) by a scripted generator. */
async function evolved(script: Script, { rows = [SEED], sampling = {}, ...options }: Given = {}): Promise<Evolution> {
  await using llm = await ScriptedLlm.start(script);
  const folder = await mkdtemp(join(tmpdir(), 'evosift-evolve-'));
  const [data, out] = [join(folder, 'seeds.jsonl'), join(folder, 'run')];
  await writeFile(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const given = { data: [data], out, prompts: llm.prompts, generators: [planOf(llm, { sampling })], ...options };
  const stopped = await evolve(given).then(
    () => null,
    (error: { readonly code: string }) => error,
  );
  return {
    given,
    stopped,
    attempts: lineageOf(out).filter(({ round }) => round > 0),
    survivors: datasetOf(out),
    asked: llm.asked,
    keys: (await journalLines(join(out, 'journal.jsonl'))).map(({ key }) => key as JournalKey),
  };
}

/** A harder instruction that tells what it was made by. */
const grown = ({ prompt, instruction }: Asked): string =>
  `${instruction} Then explain at length how ${prompt} changes the way that its people live.`;

const again = ({ instruction }: Asked): string => instruction;

const named = ({ item, operation, sample, attempt }: JournalKey): string => `${item} ${operation} ${sample}/${attempt}`;

describe('evolve', { timeout: 30_000 }, () => {
  it('makes each round of what the round before made, and carries the input along', async () => {
    const { attempts, survivors, asked, keys, stopped } = await evolved(grown, { rounds: 2 });
    expect(stopped).toBeNull();
    expect(keys.map(named)).toEqual(['0.0.1.0 deepening 0/0', '0.0.2.0 concretising 0/0']);
    const first = `Name a river. Then explain at length how deepening changes the way that its people live.`;
    expect(asked).toMatchObject([
      { prompt: 'deepening', instruction: 'Name a river.', input: 'in Asia' },
      { prompt: 'concretising', instruction: first, input: 'in Asia' },
    ]);
    const second = `${first} Then explain at length how concretising changes the way that its people live.`;
    const both = { lineage: '0', input: 'in Asia', output: '' };
    expect(survivors).toMatchObject([
      { ...both, id: '0.0.1.0', round: 1, instruction: first, evosift: { op: 'deepening', parent: '0' } },
      { ...both, id: '0.0.2.0', round: 2, instruction: second, evosift: { op: 'concretising', parent: '0.0.1.0' } },
    ]);
    expect(attempts.map(({ status }) => status)).toEqual(['survived', 'survived']);
  });

  it('takes the next operation after an elimination, and keeps every attempt', async () => {
    const { attempts, asked, keys } = await evolved((one) => (one.prompt === 'deepening' ? again(one) : grown(one)));
    expect(keys.map(named)).toEqual(['0.0.1.0 deepening 0/0', '0.0.1.0 concretising 0/1']);
    expect(attempts.map(({ op, attempt, status, reason }) => ({ op, attempt, status, reason }))).toEqual([
      { op: 'deepening', attempt: 0, status: 'eliminated', reason: 'unchanged' },
      { op: 'concretising', attempt: 1, status: 'survived', reason: null },
    ]);
    // Another prompt needs no other temperature.
    expect(asked.map(({ body }) => body.temperature)).toEqual([0, 0]);
  });

  it('draws with chance where an operation is tried again', async () => {
    const { attempts, asked } = await evolved(again, { retries: 5 });
    expect(asked.map(({ prompt, body }) => [prompt, body.temperature])).toEqual([
      ['deepening', 0],
      ['concretising', 0],
      ['reasoning', 0],
      ['constraints', 0],
      ['deepening', 0.7],
      ['concretising', 0.7],
    ]);
    expect(attempts.map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('changes the seed of drawing for another try at the same prompt', async () => {
    const own = { samplingPreset: 'own', seed: 5, maxTokens: 9 } as const;
    const { asked, keys } = await evolved(again, { retries: 8, ...own });
    // Each request has a seed of its own, made of its key and what it was given.
    const seedOf = (key: JournalKey, seed: number) => withOwnSeed({ key, sampling: { seed } } as never).sampling.seed;
    expect(keys).toHaveLength(9);
    for (const [number, key] of keys.entries()) {
      expect(asked[number]!.body).toMatchObject({ seed: seedOf(key, 5 + Math.floor(number / 4)), max_tokens: 9 });
      expect(asked[number]!.body).not.toHaveProperty('temperature');
    }
  });

  it('keeps instruction and answer of a row of which nothing came', async () => {
    const { survivors, asked } = await evolved(
      (one) => {
        if (one.prompt === 'respond') return `An answer of ${one.instruction.length} characters.`;
        return one.prompt === 'concretising' ? again(one) : grown(one);
      },
      { rounds: 3, retries: 0, respond: true },
    );
    expect(survivors.map(({ id, evosift, instruction, output }) => [id, evosift.parent, instruction, output])).toEqual(
      [
        ['0.0.1.0', '0', asked[0]!],
        ['0.0.3.0', '0.0.1.0', asked[3]!],
      ].map(([id, parent, from]) => {
        const instruction = grown(from as Asked);
        return [id, parent, instruction, `An answer of ${instruction.length} characters.`];
      }),
    );
    expect(asked.map(({ prompt }) => prompt)).toEqual(['deepening', 'respond', 'concretising', 'reasoning', 'respond']);
  });

  it('does not replace a request that failed by another', async () => {
    const { attempts, survivors, asked } = await evolved(() => 400, { retries: 3 });
    expect(asked).toHaveLength(1);
    expect(attempts).toMatchObject([{ status: 'failed', reason: 'bad_request', instruction: null }]);
    expect(survivors).toEqual([]);
  });

  it("never takes over the parent's answer", async () => {
    const refuses: Script = (one) => (one.prompt === 'respond' ? "I'm sorry, but I can't help with that." : grown(one));
    const { attempts, survivors, keys } = await evolved(refuses, { scorer: await newScorer() });
    expect(survivors).toMatchObject([{ output: '' }]);
    expect(attempts).toMatchObject([
      {
        response: null,
        response_reason: 'refusal',
        loss_q: expect.any(Number),
        ic_ifd: null,
        score_reason: 'empty_response',
      },
    ]);
    expect(keys.map(named)).toEqual(['0.0.1.0 deepening 0/0', '0.0.1.0 respond 0/0', '0.0.1.0 respond 0/1']);
  });

  describe('with several candidates', () => {
    const DEMANDS = ['Compare it to a road.', 'Say who fishes in it.', 'Explain why its colour changes in spring.'];

    /** Makes one candidate after another by adding a demand, and answers each. */
    const candidates = (demands = DEMANDS): Script => {
      let made = 0;
      return ({ prompt, instruction }) =>
        prompt === 'respond' ? `It is long: ${instruction.length}.` : `${instruction} ${demands[made++]}`;
    };

    it('keeps the best IC-IFD among them; the others stay in the lineage', async () => {
      const { attempts, survivors, asked } = await evolved(candidates(), { bestOf: 3, scorer: await newScorer() });
      const values = attempts.map(({ ic_ifd: value }) => value!);
      const best = values.indexOf(Math.max(...values));
      // By the formula's losses it is neither the first one nor the last one.
      expect(best).toBe(1);
      expect(survivors.map(({ id, instruction }) => [id, instruction])).toEqual([
        ['0.0.1.1', `Name a river. ${DEMANDS[1]}`],
      ]);
      expect(attempts.map(({ id, status }) => [id, status])).toEqual([
        ['0.0.1.0', 'outdone'],
        ['0.0.1.1', 'survived'],
        ['0.0.1.2', 'outdone'],
      ]);
      const evolutions = asked.filter(({ prompt }) => prompt !== 'respond');
      expect(evolutions.map(({ body }) => body.temperature)).toEqual([0, 0.7, 0.7]);
    });

    it.each([0, 1])('tells one from each that was made before it, as from number %i', async (twin) => {
      const script = candidates([...DEMANDS.slice(0, 2), DEMANDS[twin]!]);
      const { attempts } = await evolved(script, { bestOf: 3, retries: 0, scorer: await newScorer() });
      expect(attempts[2]).toMatchObject({ status: 'eliminated', reason: 'sibling_duplicate' });
    });

    it.each([0, 1])('takes one without a score only where none has one (number %i has none)', async (mute) => {
      const script = candidates();
      const { attempts, survivors } = await evolved(
        (one) => (one.prompt === 'respond' && one.instruction.endsWith(DEMANDS[mute]!) ? '' : script(one)),
        { bestOf: 2, scorer: await newScorer() },
      );
      expect(attempts[mute]).toMatchObject({ status: 'outdone', ic_ifd: null, score_reason: 'empty_response' });
      expect(survivors.map(({ instruction }) => instruction)).toEqual([`Name a river. ${DEMANDS[1 - mute]}`]);
    });
  });

  describe('with breadth', () => {
    // Row 3: breadth in round 1 (3 + 1 = 4), then constraints for it and deepening for what was added.
    const rows = [EMPTY, EMPTY, EMPTY, SEED];
    const other = 'Which lake is the deepest of its continent?';
    const script: Script = (one) => (one.prompt === 'breadth' ? other : grown(one));

    it('adds a row, which evolves on from the next round', async () => {
      const { survivors, asked } = await evolved(script, { rows, rounds: 2, breadth: 'add' });
      expect(survivors.map(({ id, evosift: { parent, op } }) => ({ id, parent, op }))).toEqual([
        { id: '3.0.1.0', parent: '3', op: 'breadth' },
        { id: '3.0.2.0', parent: '3', op: 'constraints' },
        { id: '3.0.2.1', parent: '3.0.1.0', op: 'deepening' },
      ]);
      expect(new Set(asked.map(({ prompt, instruction }) => `${prompt}: ${instruction}`))).toEqual(
        new Set(['breadth: Name a river.', 'constraints: Name a river.', `deepening: ${other}`]),
      );
    });

    it('tells what is made of a row from the row that was added by it, and only from that', async () => {
      // Of the row it is a duplicate; of the added row only its second version may be what the first row's was.
      const { attempts } = await evolved(
        (one) => (one.prompt === 'constraints' ? other : one.prompt === 'breadth' ? other : SEED.instruction),
        { rows, rounds: 2, retries: 0, breadth: 'add' },
      );
      expect(attempts.slice(1)).toMatchObject([
        { id: '3.0.2.0', op: 'constraints', status: 'eliminated', reason: 'sibling_duplicate' },
        { id: '3.0.2.1', op: 'deepening', status: 'survived', instruction: SEED.instruction },
      ]);
    });

    it('puts what was made in the place of its parent otherwise', async () => {
      const { survivors } = await evolved(script, { rows, rounds: 2, breadth: 'replace' });
      expect(survivors.map(({ evosift }) => evosift.parent)).toEqual(['3', '3.0.1.0']);
    });
  });

  it('ends at a stop with the rounds that were whole', async () => {
    const answers: Script = (one) => (one.prompt === 'respond' ? 'It is long.' : grown(one));
    const { attempts, stopped } = await evolved(answers, { rounds: 3, respond: true, budgetRequests: 3 });
    expect(attempts.map(({ round }) => round)).toEqual([1]);
    expect(stopped).toMatchObject({ code: 'budget_spent' });
  });

  it('throws what is no stop', async () => {
    const { given } = await evolved(grown);
    const replayed = replayOf(join(given.out, 'journal.jsonl'));
    const out = `${given.out}-replayed`;
    const missing = evolve({ ...given, out, generators: [replayed], rounds: 2 });
    await expect(missing).rejects.toMatchObject({ code: 'replay_miss', message: /evolve 0\.0\.2\.0, concretising/ });
  });

  it("lets the generator's own sampling win, an operation's over its default", async () => {
    const sampling = { default: { temperature: 1, topP: 0.5 }, deepening: { topP: 0.9 } };
    const { asked } = await evolved(grown, { sampling, maxTokens: 256 });
    expect(asked[0]!.body).toMatchObject({ temperature: 1, top_p: 0.9, max_tokens: 256 });
  });
});
