import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { BatchResult, Engine, PackedBatch } from '../../src/engine/engine.js';
import { loadEngine } from '../../src/engine/load-engine.js';
import { loadOnnxEngine } from '../../src/engine/onnx/onnx-engine.js';
import { fixture } from '../support/fixtures.js';

const opened: Engine[] = [];
const folders: string[] = [];
const load = async (...args: Parameters<typeof loadOnnxEngine>): Promise<Engine> => {
  const engine = await loadOnnxEngine(...args);
  opened.push(engine);
  return engine;
};
const temporary = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'evosift-onnx-'));
  folders.push(folder);
  return folder;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((engine) => engine.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

interface Line {
  readonly ids: number[];
  readonly nll: number[];
  readonly top1: number[];
  readonly entropy: number[];
  readonly pooled: number[];
}
const readLines = async (path: string): Promise<Line[]> =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Sequences end to end, with every token but each one's first scored. */
function pack(sequences: readonly (readonly number[])[]): PackedBatch {
  const starts = [0];
  const spans: number[] = [];
  for (const ids of sequences) {
    const from = starts.at(-1)!;
    starts.push(from + ids.length);
    if (ids.length > 1) spans.push(from + 1, from + ids.length);
  }
  return { tokens: Int32Array.from(sequences.flat()), starts: Int32Array.from(starts), spans: Int32Array.from(spans) };
}

/** Holds each kind of result to the reference's, within a tolerance of its own. */
function expectLines(
  result: BatchResult,
  lines: readonly Line[],
  tolerances: Partial<Record<'nll' | 'top1' | 'entropy' | 'pooled', number>>,
): void {
  for (const kind of ['nll', 'top1', 'entropy', 'pooled'] as const) {
    const tolerance = tolerances[kind];
    if (tolerance === undefined) continue;
    const expected = lines.flatMap((line) => line[kind]);
    expectClose(result[kind], expected, tolerance);
  }
}

function expectClose(actual: ArrayLike<number> | null, expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  const worst = Math.max(0, ...expected.map((value, i) => Math.abs(value - actual![i]!)));
  expect(worst).toBeLessThanOrEqual(tolerance);
}

describe('the ONNX engine on Hugging Face exports', () => {
  it.each(['gpt2-plain', 'llama-past', 'qwen2-plain'])('%s gives the reference losses', async (name) => {
    const lines = await readLines(fixture('goldens/onnx', name, 'goldens.jsonl'));
    const statistics = JSON.parse(await readFile(fixture('onnx/stats.json'), 'utf8'))[name] as Line[];
    const engine = await load(fixture('goldens/onnx', name));
    const result = await engine.run(pack(lines.map((line) => line.ids)), { stats: true });
    expectLines(result, lines, { nll: 1e-4 });
    expectLines(result, statistics, { top1: 1e-5, entropy: 1e-4 });
  });

  it('describes llama-past by its config', async () => {
    const { info } = await load(fixture('goldens/onnx/llama-past'), { threads: 1 });
    expect(info).toEqual({
      engine: 'onnx',
      device: 'cpu',
      dtype: 'f32',
      implementation: 'onnxruntime 1.30.0 cpu',
      threads: 1,
      architecture: 'llama',
      head: 'language_model',
      vocabSize: 384,
      contextLength: 512,
      hiddenSize: 64,
      slabTokens: 2_048,
    });
  });

  it('gives a sequence the same bits alone, packed and in other order, and only where spans ask', async () => {
    const lines = await readLines(fixture('goldens/onnx/llama-past/goldens.jsonl'));
    const engine = await load(fixture('goldens/onnx/llama-past'));
    const packed = await engine.run(pack(lines.map((line) => line.ids)));
    const alone = await Promise.all(lines.map((line) => engine.run(pack([line.ids]))));
    const reversed = await engine.run(pack(lines.toReversed().map((line) => line.ids)));
    expect(alone.flatMap(({ nll }) => [...nll])).toEqual([...packed.nll]);
    const parts = alone.toReversed().flatMap(({ nll }) => [...nll]);
    expect([...reversed.nll]).toEqual(parts);

    const [first, second] = [lines[2]!, lines[3]!];
    const { tokens, starts } = pack([first.ids, second.ids]);
    const at = first.ids.length;
    const spans = Int32Array.of(2, 4, 7, 8, at + 5, at + 9);
    const some = await engine.run({ tokens, starts, spans });
    const want = [...first.nll.slice(1, 3), first.nll[6]!, ...second.nll.slice(4, 8)];
    expectClose(some.nll, want, 1e-4);
  });
});

describe('the ONNX engine on small exports', () => {
  it('reads onnx/model.onnx with external data, half-precision logits and hidden states', async () => {
    const lines = await readLines(join(fixture('onnx/folder'), 'expected.jsonl'));
    const engine = await load(fixture('onnx/folder'));
    const result = await engine.run(pack(lines.map((line) => line.ids)), { stats: true, pooled: true });
    // Logits up to about 20 are rounded to 11 bits, in f32 here and in f64 there.
    expectLines(result, lines, { nll: 2e-2, top1: 2e-2, entropy: 2e-2, pooled: 1e-6 });
  });

  it('feeds int32 ids, an empty cache of open dimensions and the switches of merged exports', async () => {
    const lines = await readLines(join(fixture('onnx/past'), 'expected.jsonl'));
    const engine = await load(fixture('onnx/past'));
    const result = await engine.run(pack(lines.map((line) => line.ids)), { stats: true });
    expectLines(result, lines, { nll: 1e-4, top1: 1e-5, entropy: 1e-4 });
  });

  it('pools sequences that have nothing to score', async () => {
    const lines = await readLines(join(fixture('onnx/folder'), 'expected.jsonl'));
    const engine = await load(fixture('onnx/folder'));
    const batch = { ...pack(lines.map((line) => line.ids)), spans: new Int32Array(0) };
    const result = await engine.run(batch, { pooled: true });
    expect(result.nll).toHaveLength(0);
    expectLines(result, lines, { pooled: 1e-6 });
  });

  it('answers a batch that asks for nothing', async () => {
    const engine = await load(fixture('onnx/past'));
    expect(await engine.run(pack([]))).toMatchObject({ nll: new Float32Array(0), top1: null });
    expect((await engine.run(pack([[3], [4]]), { stats: true })).entropy).toHaveLength(0);
  });

  it('refuses to pool where the export has no hidden states', async () => {
    const engine = await load(fixture('onnx/past'));
    await expect(engine.run(pack([[1, 2]]), { pooled: true })).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringContaining('last_hidden_state'),
    });
  });

  it('holds a batch to its contract', async () => {
    const engine = await load(fixture('onnx/past'));
    await expect(engine.run(pack([[1, 37]]))).rejects.toThrow(RangeError);
    await expect(engine.run(pack([Array.from({ length: 65 }, () => 1)]))).rejects.toThrow('context of 64');
  });
});

describe('the engine of a model directory', () => {
  it('is the ONNX one where there is only an export', async () => {
    const engine = await loadEngine(fixture('onnx/past'));
    opened.push(engine);
    expect(engine.info.engine).toBe('onnx');
    await expect(loadEngine(fixture('onnx/past'), { engine: 'native' })).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringContaining('`engine: onnx`'),
    });
  });
});

describe('a model that cannot be loaded', () => {
  it('names the input that no causal language model has', async () => {
    await expect(load(fixture('onnx/bad-input'))).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringMatching(/model\.onnx: .*pixel_values \(float32 \[b, 3\]\)/),
    });
  });

  it('says that a truncated file is none', async () => {
    const folder = await temporary();
    await cp(fixture('onnx/past'), folder, { recursive: true });
    const whole = await readFile(join(folder, 'model.onnx'));
    await writeFile(join(folder, 'model.onnx'), whole.subarray(0, 4_000));
    await expect(load(folder)).rejects.toMatchObject({ code: 'bad_weights', message: expect.stringContaining(folder) });
  });

  it('says which external file is missing', async () => {
    const folder = await temporary();
    await cp(fixture('onnx/folder'), folder, { recursive: true });
    await rm(join(folder, 'onnx/weights.bin'));
    await expect(load(folder)).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringContaining('onnx/weights.bin'),
    });
  });

  it.each([
    [{ device: 'cuda:0' }, 'unsupported_device'],
    [{ device: 'tpu' }, 'bad_argument'],
    [{ dtype: 'bf16' as const }, 'unsupported_dtype'],
    [{ threads: 0 }, 'bad_argument'],
    [{ threads: 1.5 }, 'bad_argument'],
  ])('refuses %j with %s', async (options, code) => {
    await expect(load(fixture('onnx/past'), options)).rejects.toMatchObject({ code });
  });
});

describe('a process that ends in mid-run', () => {
  it.each([
    ['process.exit', 'setTimeout(() => process.exit(3), DELAY)', 3],
    ['an uncaught exception', 'setTimeout(() => { throw new Error("meant") }, DELAY)', 1],
  ])('by %s does so with its own code, whatever the worker is at', async (_, end, code) => {
    const module = pathToFileURL(join(import.meta.dirname, '../../dist/engine/onnx/onnx-engine.js')).href;
    const sequences = Array.from({ length: 4_000 }, () => Array.from({ length: 60 }, (_unused, i) => i % 37));
    const { tokens, starts, spans } = pack(sequences);
    const script = (delay: number): string => `
      const { loadOnnxEngine } = await import(${JSON.stringify(module)});
      const loading = loadOnnxEngine(${JSON.stringify(fixture('onnx/past'))});
      ${delay < 0 ? end.replace('DELAY', String(-delay)) : ''};
      const engine = await loading;
      ${delay >= 0 ? end.replace('DELAY', String(delay)) : ''};
      const [tokens, starts, spans] = ${JSON.stringify([[...tokens], [...starts], [...spans]])}.map((a) => Int32Array.from(a));
      for (;;) await engine.run({ tokens, starts, spans }, { stats: true });`;
    for (const delay of [-60, -20, 5, 20, 40]) {
      const path = join(await temporary(), 'run.mjs');
      await writeFile(path, script(delay));
      const child = spawn(process.execPath, [path], { stdio: 'ignore' });
      expect(await once(child, 'exit')).toEqual([code, null]);
    }
  });

  it('is not kept alive by an engine that nobody waits for', async () => {
    const module = pathToFileURL(join(import.meta.dirname, '../../dist/engine/onnx/onnx-engine.js')).href;
    const script = `
      const { loadOnnxEngine } = await import(${JSON.stringify(module)});
      await loadOnnxEngine(${JSON.stringify(fixture('onnx/past'))});`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe('a run cut short', () => {
  const long = pack(Array.from({ length: 400 }, (_, i) => Array.from({ length: 60 }, (_unused, j) => (i + j) % 37)));

  it('ends with code aborted, and others go on', async () => {
    const engine = await load(fixture('onnx/past'));
    const controller = new AbortController();
    const cut = engine.run(long, { signal: controller.signal });
    const kept = engine.run(pack([[3, 1, 4, 1, 5, 9, 2, 6]]));
    setTimeout(() => controller.abort(), 5);
    await expect(cut).rejects.toMatchObject({ code: 'aborted' });
    const [line] = await readLines(join(fixture('onnx/past'), 'expected.jsonl'));
    expectClose((await kept).nll, line!.nll, 1e-4);
    await expect(engine.run(long, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  });

  it('settles with code closed when the engine closes, which may happen twice', async () => {
    const engine = await load(fixture('onnx/past'));
    const runs = [engine.run(long), engine.run(long), engine.run(pack([[1, 2]]))];
    const settled = Promise.allSettled(runs);
    await Promise.all([engine.close(), engine.close()]);
    for (const run of await settled) expect(run).toMatchObject({ status: 'rejected', reason: { code: 'closed' } });
    await expect(engine.run(pack([[1, 2]]))).rejects.toMatchObject({ code: 'closed' });
    await engine.close();
  });

  it('ends with code engine_failed when the worker dies, and so does every later one', async () => {
    const started = once(process, 'worker');
    const engine = await load(fixture('onnx/past'));
    const [worker] = (await started) as [Worker];
    // Not in the middle of a run: there onnxruntime's binding may take the whole process along.
    void worker.terminate();
    const runs = [engine.run(long), engine.run(long)];
    for (const run of runs) await expect(run).rejects.toMatchObject({ code: 'engine_failed' });
    await expect(engine.run(pack([[1, 2]]))).rejects.toMatchObject({ code: 'engine_failed' });
    await engine.close();
  });

  it('keeps its copy of the batch', async () => {
    const engine = await load(fixture('onnx/past'));
    const [line] = await readLines(join(fixture('onnx/past'), 'expected.jsonl'));
    const batch = pack([line!.ids]);
    const run = engine.run(batch);
    batch.tokens.fill(0);
    batch.spans.fill(0);
    expectClose((await run).nll, line!.nll, 1e-4);
  });
});
