import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadEncoder, type Encoder, type LoadEncoderOptions } from '../../src/embed/index.js';
import { loadEngine } from '../../src/engine/index.js';
import { fixture } from '../support/fixtures.js';
import { describeWithMinilm, MINILM } from '../support/minilm.js';
import { cosine, embedLines, farthest, type ExpectedText } from '../support/sentence-encoders.js';

const closers: (() => PromiseLike<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
const load = async (options: LoadEncoderOptions): Promise<Encoder> => {
  const encoder = await loadEncoder(options);
  closers.push(() => encoder[Symbol.asyncDispose]());
  return encoder;
};
/** A copy of an encoder of test/fixtures/embed, to be spoilt. */
const copyOf = async (name: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'evosift-embed-'));
  closers.push(() => rm(folder, { recursive: true }));
  await cp(fixture('embed', name), folder, { recursive: true });
  return folder;
};
const changed = async (name: string, file: string, changes: object): Promise<string> => {
  const folder = await copyOf(name);
  const path = join(folder, file);
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify(Array.isArray(changes) ? changes : { ...config, ...changes }));
  return folder;
};
const vectorsOf = async (encoder: Encoder, texts: readonly string[]): Promise<Float32Array[]> => {
  const all = await encoder.embed(texts);
  return texts.map((_, i) => all.subarray(i * encoder.dimension, (i + 1) * encoder.dimension));
};

describe('sentence encoders, as sentence-transformers runs them', () => {
  it.each([
    {
      name: 'mean',
      dimension: 16,
      pooling: 'mean',
      normalize: true,
      maxTokens: 32,
      file: 'onnx/model.onnx',
      prompt: '',
    },
    {
      name: 'cls',
      dimension: 16,
      pooling: 'cls',
      normalize: false,
      maxTokens: 40,
      file: 'model.onnx',
      prompt: 'Query: ',
    },
    {
      name: 'whole',
      dimension: 12,
      pooling: 'graph',
      normalize: true,
      maxTokens: 49,
      file: 'onnx/model.onnx',
      prompt: '',
    },
  ])('$name: the same vectors within 1e-5', async ({ name, ...about }) => {
    const encoder = await load({ encoder: fixture('embed', name) });
    expect(encoder.about).toMatchObject({ kind: 'sentence_encoder', ...about });
    expect(encoder.dimension).toBe(about.dimension);
    const lines = embedLines<ExpectedText>(name, 'expected.jsonl');
    expect(Math.max(...lines.map(({ ids }) => ids.length))).toBe(about.maxTokens);
    const texts = lines.map(({ text }) => text);
    for (const [i, vector] of (await vectorsOf(encoder, texts)).entries())
      expect(farthest(vector, lines[i]!.embedding)).toBeLessThan(1e-5);
  });

  it.each(['max', 'lasttoken'] as const)('%s pooling', async (mode) => {
    const encoder = await load({ encoder: await changed('mean', '1_Pooling/config.json', { pooling_mode: mode }) });
    expect(encoder.about.pooling).toBe(mode);
    const lines = embedLines<ExpectedText & Record<'max' | 'lasttoken', number[]>>('mean', 'expected.jsonl');
    const vectors = await vectorsOf(
      encoder,
      lines.map(({ text }) => text),
    );
    for (const [i, vector] of vectors.entries()) expect(farthest(vector, lines[i]![mode])).toBeLessThan(1e-5);
  });

  it('a vector depends on its text alone', async () => {
    const encoder = await load({ encoder: fixture('embed/mean') });
    const texts = embedLines<ExpectedText>('mean', 'expected.jsonl').map(({ text }) => text);
    const together = await encoder.embed([...texts, ...texts]);
    const alone = await Promise.all(texts.map((text) => encoder.embed([text])));
    expect(together).toEqual(Float32Array.from([...alone, ...alone].flatMap((one) => [...one])));
    expect(await encoder.embed([])).toEqual(new Float32Array(0));
  });

  it('the hash is that of the files, wherever they lie', async () => {
    const here = await load({ encoder: fixture('embed/mean') });
    expect((await load({ encoder: await copyOf('mean') })).about).toEqual(here.about);
    const other = await load({ encoder: await changed('mean', '1_Pooling/config.json', { pooling_mode: 'max' }) });
    expect(other.about.hash).not.toBe(here.about.hash);
  });
});

describeWithMinilm('all-MiniLM-L6-v2 with int8 weights', () => {
  it('lies within a cosine of 0.998 of the same in float32', async () => {
    const encoder = await load({ encoder: MINILM });
    expect(encoder.about).toMatchObject({ dimension: 384, pooling: 'mean', normalize: true, maxTokens: 256 });
    const lines = embedLines<{ text: string; embedding: string }>('minilm.jsonl');
    const vectors = await vectorsOf(
      encoder,
      lines.map(({ text }) => text),
    );
    const cosines = lines.map(({ embedding }, i) => {
      const { buffer } = new Uint8Array(Buffer.from(embedding, 'base64'));
      return cosine(vectors[i]!, new Float32Array(buffer));
    });
    expect(Math.min(...cosines)).toBeGreaterThan(0.998);
  });
});

interface HiddenStates {
  readonly model: string;
  readonly pooled: number[];
}

describe('hidden states of a language model, as transformers has them', () => {
  it('the mean over its tokens in every architecture', async () => {
    const lines = embedLines<HiddenStates & { ids: number[] }>('hidden-states.jsonl').filter(({ ids }) => ids);
    const models = [...new Set(lines.map(({ model }) => model))];
    expect(models).toHaveLength(13);
    for (const model of models) {
      await using engine = await loadEngine(fixture('goldens/tiny', model), { device: 'cpu', dtype: 'f32' });
      const own = lines.filter((line) => line.model === model);
      const starts = Int32Array.from([0, ...own.map((_, i) => own.slice(0, i + 1).flatMap(({ ids }) => ids).length)]);
      const tokens = Int32Array.from(own.flatMap(({ ids }) => ids));
      const { pooled } = await engine.run({ tokens, starts, spans: new Int32Array(0) }, { pooled: true });
      expect(
        farthest(
          pooled!,
          own.flatMap((line) => line.pooled),
        ),
        model,
      ).toBeLessThan(1e-4);
    }
  });

  it('texts of the bundled model', async () => {
    const encoder = await load({ model: 'pocket', device: 'cpu', dtype: 'f32' });
    expect(encoder.about).toMatchObject({ kind: 'hidden_states', dimension: 256, pooling: 'mean', file: null });
    const lines = embedLines<HiddenStates & { text: string }>('hidden-states.jsonl').filter(({ text }) => text);
    const vectors = await vectorsOf(
      encoder,
      lines.map(({ text }) => text),
    );
    for (const [i, { pooled, text }] of lines.entries()) expect(farthest(vectors[i]!, pooled), text).toBeLessThan(1e-4);
  });

  it('a text without tokens', async () => {
    const encoder = await load({ model: 'pocket', device: 'cpu' });
    await expect(encoder.embed(['a', ''])).rejects.toMatchObject({ code: 'bad_data' });
  });
});

describe('an encoder that is none, or does not fit', () => {
  it.each([
    [{}, 'encoder', 'loadEncoder: name an `encoder` (a directory), or a `model`'],
    [{ encoder: 'a', model: 'pocket' }, 'model', '`encoder` and `model` are both given'],
    [{ model: 'pocket', encoderFile: 'model.onnx' }, 'encoderFile', '`encoderFile` belongs to an `encoder`'],
    [{ encoder: 'a', dtype: 'bf16' }, 'dtype', '`dtype` is about a `model`'],
    [{ encoder: '' }, 'encoder', '`encoder` must be a non-empty string, not ""'],
  ] as const)('options %j', async (options, option, message) => {
    await expect(loadEncoder(options)).rejects.toMatchObject({
      code: 'bad_argument',
      option,
      message: expect.stringContaining(message),
    });
  });

  it('a directory that is not there', async () => {
    await expect(loadEncoder({ encoder: '/nowhere/encoder' })).rejects.toMatchObject({
      code: 'model_not_found',
      message: '/nowhere/encoder: there is no such file or directory',
    });
  });

  it('without modules.json', async () => {
    const folder = await copyOf('mean');
    await rm(join(folder, 'modules.json'));
    await expect(loadEncoder({ encoder: folder })).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringContaining(`${folder} is no sentence encoder: there is no modules.json`),
    });
  });

  it.each([
    ['mean', '1_Pooling/config.json', { pooling_mode: 'weightedmean' }, 'the pooling weightedmean'],
    ['mean', '1_Pooling/config.json', { pooling_mode: ['mean', 'max'] }, 'the pooling mean+max'],
    ['cls', '1_Pooling/config.json', { pooling_mode_max_tokens: true }, 'the pooling cls+max'],
    ['cls', '1_Pooling/config.json', { include_prompt: false }, 'a pooling that leaves its prompt out'],
    [
      'cls',
      'modules.json',
      [
        { path: '', type: 'sentence_transformers.models.Transformer' },
        { path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
        { path: '2_Dense', type: 'sentence_transformers.models.Dense' },
      ],
      'the module sentence_transformers.models.Dense',
    ],
    ['cls', 'modules.json', [{ path: '', type: 'sentence_transformers.models.Transformer' }], 'no module Pooling'],
  ])('%s with %s %j', async (name, file, changes, what) => {
    const folder = await changed(name, file, changes);
    await expect(loadEncoder({ encoder: folder })).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringContaining(`and modules.json has ${what}, which evosift has not`),
    });
  });

  it('a module of its own first', async () => {
    const folder = await changed('cls', 'modules.json', [{ path: '', type: 'custom.Transformer' }]);
    await expect(loadEncoder({ encoder: folder })).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringContaining('modules.json begins with the module custom.Transformer'),
    });
  });

  it('a tokenizer with more tokens than the graph', async () => {
    const folder = await copyOf('mean');
    await cp(fixture('nli/roberta/tokenizer.json'), join(folder, 'tokenizer.json'));
    await rm(join(folder, 'tokenizer_config.json'));
    await expect(loadEncoder({ encoder: folder })).rejects.toMatchObject({
      code: 'unsupported_tokenizer',
      message: expect.stringMatching(/fails at the vocabulary's last token, 399 .*not of one model\.\n/),
    });
  });

  it('a pooling of another dimension', async () => {
    const folder = await changed('mean', '1_Pooling/config.json', { embedding_dimension: 384 });
    await expect(loadEncoder({ encoder: folder })).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringContaining("gives 16 numbers a token, and the pooling's config.json has 384"),
    });
  });

  it('texts longer than its positions', async () => {
    const folder = await changed('mean', 'sentence_bert_config.json', { max_seq_length: 64 });
    await expect(loadEncoder({ encoder: folder })).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringContaining('texts may have 64 tokens, and the graph fails at 64'),
    });
  });

  it('a classifier', async () => {
    const folder = await copyOf('mean');
    await cp(fixture('nli/bert/model.onnx'), join(folder, 'onnx/model.onnx'));
    await expect(loadEncoder({ encoder: folder })).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringContaining('among its outputs (logits): it is no sentence encoder.\nExport one:'),
    });
  });

  it('several graphs, of which one is to be named', async () => {
    const folder = await copyOf('mean');
    const [int8, half] = [join(folder, 'onnx/model_int8.onnx'), join(folder, 'onnx/model_fp16.onnx')];
    await cp(join(folder, 'onnx/model.onnx'), int8);
    await cp(join(folder, 'onnx/model.onnx'), half);
    expect((await load({ encoder: folder })).about.file).toBe('onnx/model.onnx');
    expect((await load({ encoder: folder, encoderFile: 'onnx/model_int8.onnx' })).about.file).toBe(
      'onnx/model_int8.onnx',
    );
    await rm(join(folder, 'onnx/model.onnx'));
    await expect(loadEncoder({ encoder: folder })).rejects.toMatchObject({
      code: 'bad_argument',
      option: 'encoderFile',
      message: `${folder} has several ONNX files: onnx/model_fp16.onnx, onnx/model_int8.onnx.\nTo say which, name one of them with \`encoderFile\`.`,
    });
    await expect(loadEncoder({ encoder: folder, encoderFile: 'q4.onnx' })).rejects.toMatchObject({
      message: expect.stringContaining('has no ONNX file q4.onnx: onnx/model_fp16.onnx, onnx/model_int8.onnx.'),
    });
    await rm(half);
    expect((await load({ encoder: folder })).about.file).toBe('onnx/model_int8.onnx');
  });

  it('aborted or closed, it embeds nothing more', async () => {
    const encoder = await load({ encoder: fixture('embed/mean') });
    const stop = new AbortController();
    const waiting = encoder.embed(
      Array.from({ length: 500 }, (_, i) => `text ${i}`),
      { signal: stop.signal },
    );
    const settled = expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    stop.abort();
    await settled;
    await encoder[Symbol.asyncDispose]();
    await expect(encoder.embed(['a'])).rejects.toMatchObject({ code: 'closed' });
  });

  it('a loaded encoder keeps no process alive', () => {
    const code = `import { loadEncoder } from './dist/embed/index.js';
      const encoder = await loadEncoder({ encoder: ${JSON.stringify(fixture('embed/mean'))} });
      console.log((await encoder.embed(['a', 'b'])).length);`;
    const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '32\n' });
  });
});
