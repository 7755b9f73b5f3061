import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveModel } from '../../../src/models/resolve-model.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evosift-resolve-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a model named', () => {
  it('pocket is the one in the package, for trying out', async () => {
    const model = await resolveModel('pocket');
    expect(model).toMatchObject({ id: 'pocket', kind: 'bundled', commit: null, format: 'safetensors' });
    expect(model.directory).toBe(join(import.meta.dirname, '../../../models/pocket'));
    expect(model.trialOnly).toMatch(/^pocket is for trying out/);
  });

  it('by a directory has config, weights and tokenizer files, and no others', async () => {
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json', 'README.md', 'pytorch_model.bin']) {
      await writeFile(join(folder, name), name);
    }
    const model = await resolveModel(folder);
    expect(model).toMatchObject({ kind: 'local', trialOnly: null });
    expect(model.files.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['config.json', 11],
      ['model.safetensors', 17],
      ['tokenizer.json', 14],
    ]);
  });

  it.each([
    ['without config.json', ['model.safetensors'], 'bad_config', /no config\.json/],
    ['with pickles only', ['config.json', 'pytorch_model.bin'], 'pickle_refused', /runs whatever code/],
    ['without weights', ['config.json'], 'bad_weights', /no weights/],
  ])('by a directory %s is refused', async (_, names, code, message) => {
    for (const name of names) await writeFile(join(folder, name), '{}');
    await expect(resolveModel(folder)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('by a directory that lacks a shard is refused by the shard’s name', async () => {
    await writeFile(join(folder, 'config.json'), '{}');
    const index = { weight_map: { a: 'model-1.safetensors', b: 'model-2.safetensors' } };
    await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
    await writeFile(join(folder, 'model-1.safetensors'), '');
    await expect(resolveModel(folder)).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringContaining('model-2.safetensors'),
    });
  });

  it.each(['./no/such', '/no/such/model', 'a/b/c', '../x', 'a//b', '', 'two words', '-x/y', 'a--b', 'x/.y'])(
    '%j is neither a directory nor a hub id',
    async (name) => {
      await expect(resolveModel(name)).rejects.toMatchObject({
        code: 'model_not_found',
        message: expect.stringContaining('no hub id either'),
      });
    },
  );

  it('by a file is told that a directory is wanted', async () => {
    await writeFile(join(folder, 'model.safetensors'), '');
    await expect(resolveModel(join(folder, 'model.safetensors'))).rejects.toMatchObject({
      code: 'model_not_found',
      message: expect.stringContaining('is a file'),
    });
  });

  it('with a revision must be a hub’s', async () => {
    await mkdir(join(folder, 'model'));
    for (const name of ['pocket', join(folder, 'model')]) {
      await expect(resolveModel(name, { revision: 'main' })).rejects.toMatchObject({ code: 'bad_argument' });
    }
  });

  it('is not looked for once aborted', async () => {
    await expect(resolveModel('pocket', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  });
});
