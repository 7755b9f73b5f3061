import { describe, expect, it } from 'vitest';
import { chooseWeights, shardsOf } from '../../../src/models/model-files.js';

describe('the weights chosen among a model’s files', () => {
  it.each([
    [['model.safetensors', 'onnx/model.onnx'], undefined, 'safetensors', 'model.safetensors'],
    [['model.safetensors', 'onnx/model.onnx'], 'onnx', 'onnx', 'onnx/model.onnx'],
    [['model.onnx'], undefined, 'onnx', 'model.onnx'],
    [['model.safetensors.index.json', 'pytorch_model.bin'], 'native', 'safetensors', 'model.safetensors.index.json'],
  ] as const)('of %j with engine %s are %s: %s', (files, engine, format, file) => {
    expect(chooseWeights('m', files, engine)).toEqual({ format, file });
  });

  it.each([
    [['pytorch_model.bin'], undefined, 'pickle_refused', /runs whatever code/],
    [
      ['pytorch_model-00001-of-00002.bin', 'pytorch_model.bin.index.json'],
      undefined,
      'pickle_refused',
      /00001-of-00002/,
    ],
    [['model.gguf'], undefined, 'bad_weights', /found model\.gguf/],
    [['config.json'], undefined, 'bad_weights', /wanted model\.safetensors/],
    [['model.onnx'], 'native', 'bad_weights', /`engine: onnx`/],
    [['model.safetensors'], 'onnx', 'bad_weights', /no model\.onnx/],
  ] as const)('of %j with engine %s are refused as %s', (files, engine, code, message) => {
    expect(() => chooseWeights('m', files, engine)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

describe('a safetensors index', () => {
  it('names each shard once', () => {
    const index = { weight_map: { b: 's-2.safetensors', a: 's-1.safetensors', c: 's-2.safetensors' } };
    expect(shardsOf('m', JSON.stringify(index))).toEqual(['s-1.safetensors', 's-2.safetensors']);
  });

  it.each([
    ['{', /not JSON/],
    ['{"weight_map": []}', /not JSON with/],
    ['{"weight_map": {}}', /names no shard/],
    ['{"weight_map": {"a": "../../secret.safetensors"}}', /tensor a .*not the name/],
    ['{"weight_map": {"a": 1}}', /tensor a/],
  ])('%s is refused', (text, message) => {
    expect(() => shardsOf('m', text)).toThrow(
      expect.objectContaining({ code: 'bad_weights', message: expect.stringMatching(message) }),
    );
  });
});
