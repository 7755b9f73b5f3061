import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseSource } from '../../../src/llm/config/parse-source.js';
import { parsePlans } from '../../../src/llm/spec.js';

const KEY = 'sk-proj-a1B2c3D4e5F6g7H8i9J0';
const endpoint = { kind: 'openai', body: {}, headers: {} };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evosift-spec-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  for (const name of ['OPENAI_BASE_URL', 'OPENAI_API_KEY']) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const write = (name: string, content: unknown): string => {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};

describe('a SPEC', () => {
  it.each([
    ['openai:gpt-4o-mini', 'gpt-4o-mini', 'https://api.openai.com/v1', 'OPENAI_API_KEY'],
    ['openai:gpt-4o-mini#MY_KEY', 'gpt-4o-mini', 'https://api.openai.com/v1', 'MY_KEY'],
    ['openai:llama3:8b@http://127.0.0.1:11434/v1', 'llama3:8b', 'http://127.0.0.1:11434/v1', null],
    ['openai:org/m@https://host.example/v1/#MY_KEY', 'org/m', 'https://host.example/v1', 'MY_KEY'],
    ['openai:@cf/meta/llama@https://host.example/v1', '@cf/meta/llama', 'https://host.example/v1', null],
  ])('%s names model, base URL and key', (spec, model, baseUrl, keyEnv) => {
    expect(parseSource(spec, '--llm')).toEqual({
      name: `openai:${model}`,
      source: { ...endpoint, model, baseUrl, keyEnv },
    });
  });

  it('goes where OPENAI_BASE_URL says, with the key that stands beside it', () => {
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:8000/v1/');
    vi.stubEnv('OPENAI_API_KEY', KEY);
    const baseUrl = 'http://127.0.0.1:8000/v1';
    expect(parseSource('openai:m', '--llm').source).toEqual({
      ...endpoint,
      model: 'm',
      baseUrl,
      keyEnv: 'OPENAI_API_KEY',
    });
    expect(parseSource('openai:m@http://other.example/v1', '--llm').source).toMatchObject({ keyEnv: null });
  });

  it('names files without their folders', () => {
    expect(parseSource('gguf:/models/a b.gguf', '--llm')).toEqual({
      name: 'gguf:a b.gguf',
      source: { kind: 'gguf', path: '/models/a b.gguf' },
    });
    expect(parseSource('replay:runs/x/journal.jsonl#openai:m', '--llm')).toEqual({
      name: 'openai:m',
      source: { kind: 'replay', path: 'runs/x/journal.jsonl' },
    });
  });

  it.each([
    ['gpt-4o', 'must be openai:MODEL'],
    ['openai:', 'ends after "openai:"'],
    ['openai:@http://127.0.0.1/v1', 'names no model'],
    ['openai:m@localhost:8000/v1', 'must begin with http:// or https://'],
    ['openai:m@http://127.0.0.1/v1/chat/completions', 'must end before /chat/completions'],
    ['openai:m@http://', 'must be an http(s) URL'],
    ['openai:m#', 'NAME of an environment variable'],
  ])('%s is refused', (spec, message) => {
    expect(() => parseSource(spec, '--llm')).toThrow(
      expect.objectContaining({ code: 'bad_argument', message: expect.stringContaining(message) }),
    );
  });

  it.each([
    [`openai:m#${KEY}`],
    ['openai:m#hf_aBcDeFgHiJkLmNoPqRsT'],
    ['openai:m#a1b2c3d4e5f6a7b8c9d0e1f2a3b4'],
    [`openai:m@https://user:${KEY}@host.example/v1`],
    [`openai:m@https://host.example/v1?key=${KEY}`],
    [`opanai:m#${KEY}`],
  ])('a key where its name belongs is refused and not shown: %s', (spec) => {
    const secret = /sk-proj\S+?(?=@|$)|hf_\w+|a1b2\w+/.exec(spec)![0];
    expect(() => parseSource(spec, '--llm')).toThrow(
      expect.objectContaining({ code: 'bad_argument', message: expect.not.stringContaining(secret) }),
    );
  });
});

describe('a configuration', () => {
  it('gives names to generators of every kind', async () => {
    const file = write('good.json', {
      generators: {
        small: {
          model: 'qwen',
          base_url: 'http://127.0.0.1:8000/v1',
          key_env: 'VLLM_KEY',
          body: { top_k: 20, max_completion_tokens: true },
          headers: { 'x-tenant': '${TENANT}' },
          system_prompt: 'Be brief.',
          sampling: { default: { temperature: 0.7, top_p: 0.95 }, respond: { max_tokens: 512, seed: 3 } },
        },
        local: { gguf: 'models/a.gguf' },
        past: { spec: 'replay:journal.jsonl' },
      },
    });
    expect(await parsePlans(['past', 'small', 'local', 'openai:m@http://127.0.0.1:1/v1'], file)).toEqual([
      {
        name: 'past',
        source: { kind: 'replay', path: join(folder, 'journal.jsonl') },
        systemPrompt: null,
        sampling: {},
      },
      {
        name: 'small',
        source: {
          kind: 'openai',
          model: 'qwen',
          baseUrl: 'http://127.0.0.1:8000/v1',
          keyEnv: 'VLLM_KEY',
          body: { top_k: 20, max_completion_tokens: true },
          headers: { 'x-tenant': '${TENANT}' },
        },
        systemPrompt: 'Be brief.',
        sampling: { default: { temperature: 0.7, topP: 0.95 }, respond: { maxTokens: 512, seed: 3 } },
      },
      {
        name: 'local',
        source: { kind: 'gguf', path: join(folder, 'models/a.gguf') },
        systemPrompt: null,
        sampling: {},
      },
      expect.objectContaining({ name: 'openai:m' }),
    ]);
  });

  it.each([
    [{ model: 'm', temprature: 0 }, 'generators.g: has no field temprature; its fields are spec, model'],
    [{ model: 'm', sampling: { default: { top_p: 3 } } }, 'generators.g.sampling.default.top_p: Too big'],
    [{ model: 'm', sampling: { default: { top_p: 3 } } }, 'not 3'],
    [{ model: 'm', sampling: { respond: { max_tokens: 'many' } } }, 'not "many"'],
    [{ model: 'm', gguf: 'a.gguf' }, 'exactly one of spec, model, gguf, replay'],
    [{}, 'exactly one of spec, model, gguf, replay'],
    [{ gguf: 'a.gguf', headers: {} }, 'generators.g.headers: has no meaning'],
    [{ spec: 'openai:m', base_url: 'http://h/v1' }, 'generators.g.base_url: goes with model only'],
    [{ model: 'm', body: { stream: true } }, 'generators.g.body: must have no model, messages, stream, n'],
  ])('%j is refused with its place', async (generator, message) => {
    const file = write('bad.json', { generators: { g: generator } });
    await expect(parsePlans(['g'], file)).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringContaining(message),
    });
    await expect(parsePlans(['g'], file)).rejects.toThrow(file);
  });

  it('is refused without quoting a key that stands in the wrong place', async () => {
    const headers = { [`x ${KEY}`]: 'a' };
    for (const g of [
      { model: 'm', key_env: KEY },
      { model: 'm', key_env: [KEY] },
      { model: 'm', headers },
    ]) {
      const error = await parsePlans(['g'], write('key.json', { generators: { g } })).catch((thrown: Error) => thrown);
      expect(error).toHaveProperty('code');
      expect(String(error)).not.toContain(KEY);
    }
    const torn = write('torn.json', `{"generators": {"g": {"model": "m", "key_env": "${KEY}" oops`);
    await expect(parsePlans(['g'], torn)).rejects.toThrow(/is not JSON/);
    await expect(parsePlans(['g'], torn)).rejects.not.toThrow(KEY);
  });

  it('says what is there where a name or the file is not', async () => {
    const file = write('names.json', { generators: { big: { model: 'm' }, small: { model: 'n' } } });
    await expect(parsePlans(['medium'], file)).rejects.toThrow('has no generator medium; it has big, small');
    await expect(parsePlans(['big'], join(folder, 'none.json'))).rejects.toMatchObject({ code: 'bad_config' });
  });
});

describe('names of generators', () => {
  it('are unique', async () => {
    await expect(
      parsePlans(['openai:m@http://127.0.0.1:1/v1', 'openai:m@http://127.0.0.1:2/v1']),
    ).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringContaining('two generators are called openai:m'),
    });
  });

  const line = (stage: string, generator: string): string =>
    `${JSON.stringify({
      key: { stage, item: '0', operation: 'deepening', sample: 0, attempt: 0 },
      request: 'a'.repeat(64),
      generator,
      model: 'm',
      answer: {
        text: 'x',
        reasoning: null,
        finish_reason: 'stop',
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      },
    })}\n`;

  it('are those of the journal that is replayed', async () => {
    const file = write('journal.jsonl', line('respond', 'other') + line('evolve', 'small') + '{"torn');
    expect(await parsePlans([`replay:${file}`])).toMatchObject([
      { name: 'small', source: { kind: 'replay', path: file } },
    ]);
  });

  it('are asked for where a journal has several', async () => {
    const file = write('several.jsonl', line('evolve', 'a') + line('evolve', 'b'));
    await expect(parsePlans([`replay:${file}`])).rejects.toThrow(`replay:${file}#a replay:${file}#b`);
    expect(await parsePlans([`replay:${file}#b`, `replay:${file}#a`])).toMatchObject([{ name: 'b' }, { name: 'a' }]);
  });

  it('are not to be had from a file that is no journal', async () => {
    await expect(parsePlans([`replay:${write('none.jsonl', 'hello\n')}`])).rejects.toMatchObject({ code: 'bad_data' });
    await expect(parsePlans([`replay:${join(folder, 'missing')}`])).rejects.toMatchObject({ code: 'bad_data' });
  });
});
