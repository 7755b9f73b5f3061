import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dtype } from '../../src/engine/engine.js';
import { loadNativeEngine } from '../../src/engine/native/native-engine.js';
import { describeMachine } from '../../src/machine/machine.js';
import { fixture } from '../support/fixtures.js';

interface Golden {
  readonly ids: number[];
  readonly score: number;
}

const TINY = readdirSync(fixture('goldens/reward')).map((name) => `goldens/reward/${name}`);
const ODD = readdirSync(fixture('odd-reward')).map((name) => `odd-reward/${name}`);

const goldensOf = (directory: string): Golden[] =>
  readFileSync(join(directory, 'goldens.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Golden);

/** Sequences end to end, nothing of them scored. */
function pack(sequences: readonly (readonly number[])[]) {
  const starts = [0];
  for (const ids of sequences) starts.push(starts.at(-1)! + ids.length);
  return { tokens: Int32Array.from(sequences.flat()), starts: Int32Array.from(starts), spans: new Int32Array() };
}

const DTYPES = describeMachine().isa.includes('avx512_bf16') ? (['f32', 'bf16'] as const) : (['f32'] as const);

const load = (directory: string, threads = 2, dtype: Dtype = 'f32') => loadNativeEngine(directory, { dtype, threads });

describe.each([...TINY, ...ODD])('%s', (name) => {
  const directory = fixture(name);
  const goldens = goldensOf(directory);

  it("has transformers' rewards", async () => {
    await using engine = await load(directory);
    expect(engine.info.head).toBe('reward');
    const { reward, nll } = await engine.run(pack(goldens.map(({ ids }) => ids)), { reward: true });
    expect(nll).toHaveLength(0);
    expect(reward).toHaveLength(goldens.length);
    for (const [i, { score }] of goldens.entries()) expect(Math.abs(reward![i]! - score)).toBeLessThan(1e-4);
  });

  it.each(DTYPES)(
    'gives a sequence the same bits alone, packed, in other order, with other threads: %s',
    async (dtype) => {
      await using two = await load(directory, 2, dtype);
      await using one = await load(directory, 1, dtype);
      const all = goldens.map(({ ids }) => ids);
      const { reward: packed } = await two.run(pack(all), { reward: true });
      const { reward: reversed } = await one.run(pack(all.toReversed()), { reward: true });
      expect(reversed!.toReversed()).toEqual(packed);
      for (const [i, ids] of all.entries()) {
        const alone = await one.run(pack([ids]), { reward: true });
        expect(alone.reward).toEqual(packed!.subarray(i, i + 1));
      }
    },
  );
});

describe('what a head does not do', () => {
  const ids = [5, 6, 7];

  it('is refused by name, before anything runs', async () => {
    await using rewards = await load(fixture('goldens/reward/llama'));
    await using losses = await load(fixture('goldens/tiny/llama'));
    expect(losses.info.head).toBe('language_model');
    await expect(losses.run(pack([ids]), { reward: true })).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringMatching(/language model, .* no reward: take a reward model/) as string,
    });
    const scored = { ...pack([ids]), spans: Int32Array.of(1, 3) };
    await expect(rewards.run(scored)).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringMatching(/reward model, .* no losses: take a language model/) as string,
    });
    await expect(rewards.run(scored, { reward: true })).rejects.toThrow(RangeError);
    const { nll, reward, pooled } = await rewards.run(pack([ids]), { pooled: true });
    expect([nll.length, reward, pooled?.length]).toEqual([0, null, 64]);
  });
});

describe('configs and weights of a classifier', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'evosift-reward-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const source = fixture('goldens/reward/llama');

  /** A model with changes of its config. */
  function variant(changes: Record<string, unknown>, model = source): string {
    const to = mkdtempSync(join(folder, 'model-'));
    cpSync(model, to, { recursive: true });
    const config = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(join(to, 'config.json'), JSON.stringify({ ...config, ...changes }));
    return to;
  }

  it.each([
    [{ id2label: { 0: 'A', 1: 'B', 2: 'C' } }, 'has 3 labels'],
    [{ id2label: undefined }, 'has 2 labels'],
    [{ num_labels: 5 }, 'has 5 labels'],
    [{ problem_type: 'multi_label_classification' }, 'problem_type "multi_label_classification"'],
    [{ architectures: ['LlamaForTokenClassification'] }, '"LlamaForTokenClassification" has a head of another kind'],
    [{ architectures: ['InternLM2ForRewardModel'] }, '"InternLM2ForRewardModel" has a head of another kind'],
  ])('%j is refused by name', async (changes, message) => {
    await expect(load(variant(changes))).rejects.toMatchObject({
      code: 'unsupported_architecture',
      message: expect.stringContaining(message) as string,
    });
  });

  it('takes one label however it is said', async () => {
    for (const changes of [{ id2label: undefined, num_labels: 1 }, { problem_type: 'regression' }]) {
      await using engine = await load(variant(changes));
      expect(engine.info.head).toBe('reward');
    }
  });

  it('names a tensor that is missing or that it does not know', async () => {
    const asModel = variant({ architectures: ['LlamaForCausalLM'] });
    await expect(load(asModel)).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringMatching(/missing: "model\.lm_head\.weight"; tensors unknown: "score\.weight"/) as string,
    });
    const classes = { architectures: ['LlamaForSequenceClassification'], num_labels: 1 };
    const asReward = variant(classes, fixture('goldens/tiny/llama'));
    await expect(load(asReward)).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringContaining('"model.score.weight"') as string,
    });
    const biased = variant({});
    withTensor(join(biased, 'model.safetensors'), source, 'score.bias', [1]);
    await expect(load(biased)).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringContaining('tensors unknown: "score.bias"') as string,
    });
  });

  // As transformers does, which says so in a warning.
  it("leaves a language model's head that is still in the file alone", async () => {
    const to = variant({});
    withTensor(join(to, 'model.safetensors'), source, 'lm_head.weight', [384, 64]);
    const [golden] = goldensOf(source);
    await using engine = await load(to);
    const { reward } = await engine.run(pack([golden!.ids]), { reward: true });
    expect(reward![0]).toBeCloseTo(golden!.score, 4);
  });
});

/** Writes the model's tensors with one more, of zeros. */
function withTensor(path: string, directory: string, name: string, shape: readonly number[]): void {
  const file = readFileSync(join(directory, 'model.safetensors'));
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<string, unknown>;
  const data = file.subarray(8 + length);
  const zeros = Buffer.alloc(4 * shape.reduce((product, size) => product * size, 1));
  header[name] = { dtype: 'F32', shape, data_offsets: [data.length, data.length + zeros.length] };
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(path, Buffer.concat([prefix, text, data, zeros]));
}
