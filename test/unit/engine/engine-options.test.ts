import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EngineOptions } from '../../../src/engine/engine.js';
import { loadNativeEngine } from '../../../src/engine/native/native-engine.js';
import { loadOnnxEngine } from '../../../src/engine/onnx/onnx-engine.js';

const engines = [
  { name: 'native', load: loadNativeEngine, directory: join(import.meta.dirname, '../../../models/pocket') },
  { name: 'onnx', load: loadOnnxEngine, directory: join(import.meta.dirname, '../../fixtures/onnx/past') },
];

describe.each(engines)("the $name engine's options", ({ load, directory }) => {
  const refusal = (options: object): Promise<unknown> =>
    load(directory, options as EngineOptions).then(
      () => 'no error',
      ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
    );

  it.each([
    [{ threads: 0 }, 'bad_argument: loadEngine: `threads` must be an integer from 1 to 1024, not 0'],
    [{ threads: 1_025 }, 'bad_argument: loadEngine: `threads` must be an integer from 1 to 1024, not 1025'],
    [{ threads: 1.5 }, 'bad_argument: loadEngine: `threads` must be an integer from 1 to 1024, not 1.5'],
    [{ device: 'tpu' }, 'bad_argument: loadEngine: `device` must be auto, cpu or cuda[:i[,j…]], not "tpu"'],
    [{ device: 'cuda:' }, 'bad_argument: loadEngine: `device` must be auto, cpu or cuda[:i[,j…]], not "cuda:"'],
    [{ dtype: 'f16' }, 'bad_argument: loadEngine: `dtype` must be one of auto, f32, bf16, not "f16"'],
    [
      { gpu: true },
      'bad_argument: loadEngine: unknown option `gpu`; the options are engine, device, dtype, threads, stepTokens',
    ],
    [{ stepTokens: 128, device: 'cpu' }, 'bad_argument: loadEngine: `stepTokens` is for a GPU, and `device` is "cpu"'],
    [
      { stepTokens: 128, engine: 'onnx' },
      'bad_argument: loadEngine: `stepTokens` is for a GPU, and `engine` is "onnx", which runs on the CPU',
    ],
  ])('%j are refused', async (options, expected) => {
    expect(await refusal(options)).toBe(expected);
  });

  it.each([0, 100, -128, 192.5, 1_048_704, '128'])('a step of %j tokens is refused', async (stepTokens) => {
    expect(await refusal({ stepTokens })).toBe(
      'bad_argument: loadEngine: `stepTokens` must be a multiple of 128 from 128 to 1048576, ' +
        `not ${JSON.stringify(stepTokens)}`,
    );
  });
});

it.each(['cuda', 'cuda:1', 'cuda:0,1'])('the onnx engine does not run on %s', async (device) => {
  await expect(loadOnnxEngine(join(import.meta.dirname, '../../fixtures/onnx/past'), { device })).rejects.toMatchObject(
    {
      code: 'unsupported_device',
      message: `The onnx engine runs on the CPU only: "${device}" cannot be used. Take \`device: cpu\` or auto.`,
    },
  );
});
