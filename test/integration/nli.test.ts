import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openGraph } from '../../src/engine/onnx/graph-session.js';
import { loadNli, type Nli } from '../../src/nli/load-nli.js';
import { NLI_LABELS } from '../../src/nli/nli-config.js';
import { PairEncoder } from '../../src/text/pair-encoder.js';
import { fixture } from '../support/fixtures.js';

interface Line {
  readonly premise: string;
  readonly hypothesis: string;
  readonly ids: number[];
  readonly logits: number[];
}

const MODELS = [
  { name: 'bert', file: 'model.onnx', limit: 49, labels: ['contradiction', 'entailment', 'neutral'] },
  { name: 'roberta', file: 'onnx/model.onnx', limit: 62, labels: ['contradiction', 'neutral', 'entailment'] },
] as const;

const linesOf = async (name: string): Promise<Line[]> =>
  (await readFile(fixture('nli', name, 'expected.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

const closers: (() => PromiseLike<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
const load = async (directory: string): Promise<Nli> => {
  const nli = await loadNli(directory);
  closers.push(() => nli[Symbol.asyncDispose]());
  return nli;
};
/** A copy of a fixture, to be spoilt. */
const copyOf = async (name: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'evosift-nli-'));
  closers.push(() => rm(folder, { recursive: true }));
  await cp(fixture('nli', name), folder, { recursive: true });
  return folder;
};
const withLabels = async (id2label: unknown): Promise<string> => {
  const folder = await copyOf('bert');
  const path = join(folder, 'config.json');
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), id2label }));
  return folder;
};

describe('models of natural language inference, as transformers runs them', () => {
  it.each(MODELS)('$name: pairs become the same ids, cut where they are too long', async ({ name, limit }) => {
    const encoder = await PairEncoder.load(fixture('nli', name), limit);
    for (const { premise, hypothesis, ids } of await linesOf(name)) {
      const pair = await encoder.encode(premise, hypothesis);
      expect([...pair.input_ids]).toEqual(ids);
    }
  });

  it.each(MODELS)('$name: logits are the same within 1e-4', async ({ name, file, limit }) => {
    const encoder = await PairEncoder.load(fixture('nli', name), limit);
    const session = await openGraph(fixture('nli', name, file), 'A test');
    closers.push(() => session.close());
    for (const { premise, hypothesis, logits } of await linesOf(name)) {
      const feeds = { ...(await encoder.encode(premise, hypothesis)) };
      const { dims, data } = await session.run({ feeds, output: 'logits' });
      expect(dims).toEqual([1, 3]);
      for (const [place, logit] of logits.entries()) expect(Math.abs(data[place]! - logit)).toBeLessThan(1e-4);
    }
  });

  it.each(MODELS)('$name: labels and probabilities are the same, asked all at once', async ({ name, labels }) => {
    const lines = await linesOf(name);
    expect(lines).toHaveLength(30);
    const nli = await load(fixture('nli', name));
    const judged = await Promise.all(lines.map(({ premise, hypothesis }) => nli.judge(premise, hypothesis)));
    for (const [i, { logits }] of lines.entries()) {
      expect(judged[i]!.label).toBe(labels[logits.indexOf(Math.max(...logits))]);
      const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
      for (const label of NLI_LABELS)
        expect(judged[i]!.probabilities[label]).toBeCloseTo(Math.exp(logits[labels.indexOf(label)]!) / sum, 4);
    }
    expect(new Set(judged.map(({ label }) => label)).size).toBe(3);
  });
});

describe('a model that is no such model', () => {
  it('a directory that is not there', async () => {
    await expect(loadNli('/nowhere/nli')).rejects.toMatchObject({
      code: 'model_not_found',
      message: '/nowhere/nli: there is no such file or directory',
    });
  });

  it('without a config', async () => {
    const folder = await copyOf('bert');
    await rm(join(folder, 'config.json'));
    await expect(loadNli(folder)).rejects.toMatchObject({
      code: 'bad_config',
      message: `There is no config.json in ${folder}. Give a directory with config.json, tokenizer.json and model.onnx.`,
    });
  });

  it('without a graph', async () => {
    const folder = await copyOf('bert');
    await rm(join(folder, 'model.onnx'));
    await expect(loadNli(folder)).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringContaining('optimum-cli export onnx --task text-classification'),
    });
  });

  it('without the file that its graph keeps tensors in', async () => {
    const folder = await copyOf('roberta');
    await rm(join(folder, 'onnx/model.onnx_data'));
    await expect(loadNli(folder)).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringContaining('cannot read onnx/model.onnx_data'),
    });
  });

  it('without a tokenizer', async () => {
    const folder = await copyOf('bert');
    await rm(join(folder, 'tokenizer.json'));
    await expect(loadNli(folder)).rejects.toMatchObject({ code: 'unsupported_tokenizer' });
  });

  it('with a graph that is none', async () => {
    const folder = await copyOf('bert');
    await writeFile(join(folder, 'model.onnx'), 'version https://git-lfs.github.com/spec/v1\n');
    await expect(loadNli(folder)).rejects.toMatchObject({ code: 'bad_weights' });
  });

  it.each([
    [{ 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' }, 'Write into it which class is which'],
    [{ 0: 'entailment', 1: 'not_entailment' }, 'neutral, contradiction are missing'],
    [{ 0: 'negative', 1: 'neutral', 2: 'positive' }, 'entailment, contradiction are missing'],
    [undefined, 'has no id2label'],
  ])('with the labels %j', async (labels, message) => {
    await expect(loadNli(await withLabels(labels))).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringContaining(message),
    });
  });

  it('with more labels than classes', async () => {
    const nli = await load(await withLabels({ 0: 'neutral', 1: 'entailment', 2: 'contradiction', 3: 'other' }));
    await expect(nli.judge('a', 'b')).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringContaining('config.json names 4 labels'),
    });
  });

  it('a causal language model', async () => {
    const folder = await copyOf('bert');
    await cp(fixture('goldens/onnx/gpt2-plain/model.onnx'), join(folder, 'model.onnx'));
    await expect(loadNli(folder)).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringMatching(
        /gives logits out as \[.*it is no sequence classifier\.\nExport one: optimum-cli/s,
      ),
    });
  });

  it('closed, it judges nothing', async () => {
    const nli = await loadNli(fixture('nli/bert'));
    const waiting = nli.judge('a', 'b');
    const settled = expect(waiting).rejects.toMatchObject({ code: 'closed' });
    await new Promise((resolve) => setImmediate(resolve));
    await nli[Symbol.asyncDispose]();
    await settled;
    await nli[Symbol.asyncDispose]();
    await expect(nli.judge('a', 'b')).rejects.toMatchObject({ code: 'closed' });
  });
});

it('a loaded model keeps no process alive', () => {
  const code = `import { loadNli } from './dist/nli/load-nli.js';
    const nli = await loadNli(${JSON.stringify(fixture('nli/bert'))});
    console.log((await nli.judge('a', 'b')).label);`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  expect({ status, label: NLI_LABELS.some((label) => label === stdout.trim()) }).toEqual({ status: 0, label: true });
});
