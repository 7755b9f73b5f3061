import { appendFile, cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hashFile, hashModel } from '../../../src/models/hash-model.js';
import { resolveModel } from '../../../src/models/resolve-model.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evosift-hash-'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

// printf 'hello\n' | sha256sum
const HELLO = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03';

describe('the hash of a file', () => {
  it('is its sha-256, kept by path, size and mtime', async () => {
    const file = join(folder, 'hello');
    await writeFile(file, 'hello\n');
    await utimes(file, 1_000, 1_000);
    expect(await hashFile(file)).toBe(HELLO);

    // Other bytes under the same size and mtime: the cache answers, unless told to read anew.
    await writeFile(file, 'hallo\n');
    await utimes(file, 1_000, 1_000);
    expect(await hashFile(file)).toBe(HELLO);
    const anew = await hashFile(file, { anew: true });
    expect(anew).not.toBe(HELLO);

    await writeFile(file, 'hello\n');
    await utimes(file, 2_000, 2_000);
    expect(await hashFile(file)).toBe(HELLO);
    await appendFile(file, '!');
    await utimes(file, 2_000, 2_000);
    expect(await hashFile(file)).not.toBe(HELLO);
  });

  it.each(['{', '[]', '{"x": 1}', 'null'])('is found anew where the cache holds %s', async (text) => {
    const file = join(folder, 'hello');
    await writeFile(file, 'hello\n');
    await mkdir(join(folder, 'cache/evosift'), { recursive: true });
    await writeFile(join(folder, 'cache/evosift/hashes.json'), text);
    expect(await hashFile(file)).toBe(HELLO);
    expect(JSON.parse(await readFile(join(folder, 'cache/evosift/hashes.json'), 'utf8'))).toMatchObject({
      [file]: { sha256: HELLO, size: 6 },
    });
  });
});

describe('the identity of a model', () => {
  it('is the same in another directory and changes with config and weights, not with the tokenizer', async () => {
    const pocket = await resolveModel('pocket');
    const copy = join(folder, 'copy');
    await cp(pocket.directory, copy, { recursive: true });
    const local = await resolveModel(copy);
    const model = await hashModel(pocket);
    expect(model).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashModel(local)).toBe(model);

    await appendFile(join(copy, 'config.json'), '\n');
    await appendFile(join(copy, 'README.md'), '\n');
    const changed = await resolveModel(copy);
    expect(await hashModel(changed)).not.toBe(model);

    await appendFile(join(copy, 'tokenizer_config.json'), '\n');
    expect(await hashModel(await resolveModel(copy))).toBe(await hashModel(changed));
  });
});
