import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../src/llm/chat.js';
import type { Generator } from '../../src/llm/generator.js';
import { loadGguf } from '../../src/llm/gguf/load-gguf.js';
import { loadTokenizer } from '../../src/text/tokenizer.js';
import { runCli } from '../support/run-cli.js';
import { describeWithSmollm2, SMOLLM2 } from '../support/smollm2.js';

const execute = promisify(execFile);
const DIST = resolve(import.meta.dirname, '../../dist');

const path = join(SMOLLM2, 'model.gguf');

/** One thread: threads that wait in busy loops do badly beside other tests. */
const OPTIONS = { threads: 1 };

const request = (content: string, sampling: Partial<ChatRequest['sampling']> = {}): ChatRequest => ({
  messages: [{ role: 'user', content }],
  sampling: { temperature: 0, maxTokens: 24, ...sampling },
});

const folder = mkdtempSync(join(tmpdir(), 'evosift-gguf-'));
afterAll(() => rmSync(folder, { recursive: true }));

describeWithSmollm2('a GGUF model', () => {
  let generator: Generator;
  beforeAll(async () => {
    generator = await loadGguf(path, OPTIONS);
  });
  afterAll(() => generator.close());

  /** A prompt's tokens by the tokenizer and template that HF's files describe, which llama.cpp has no part in. */
  const tokensOf = async (messages: ChatRequest['messages']): Promise<number> => {
    const tokenizer = await loadTokenizer(SMOLLM2);
    const text = tokenizer.chatTemplate.render(messages);
    return (await tokenizer.encode(`${text}<|im_start|>assistant\n`, { addSpecialTokens: false })).length;
  };

  it('answers through its own chat template, default system prompt included, and counts tokens', async () => {
    const asked = request('What is the capital of Peru?');
    const { text, usage, ...rest } = await generator.generate(asked);
    expect(text).toContain('Lima');
    expect(text).not.toMatch(/<\|im_/);
    expect(rest).toEqual({ reasoning: null, finishReason: 'stop', logprobs: null });
    expect(usage.promptTokens).toBe(await tokensOf(asked.messages));
    expect(usage.completionTokens).toBeGreaterThan(4);
  });

  it('heeds a system message and earlier turns', async () => {
    const messages: ChatRequest['messages'] = [
      { role: 'system', content: 'Answer in one short sentence.' },
      { role: 'user', content: 'What is the capital of France?' },
      { role: 'assistant', content: 'The capital of France is Paris.' },
      { role: 'user', content: 'And of Italy?' },
    ];
    const { usage, text } = await generator.generate({ ...request(''), messages });
    expect(text).toContain('Rome');
    expect(usage.promptTokens).toBe(await tokensOf(messages));
  });

  it('gives the same greedy answer whatever its sequence held before', async () => {
    const first = await generator.generate(request('Name a river in Germany.'));
    await generator.generate(request('Write a poem about rust.'));
    expect(await generator.generate(request('Name a river in Germany.'))).toEqual(first);
  });

  it('draws by the seed at a temperature', async () => {
    const draw = async (seed: number) =>
      (await generator.generate(request('Invent a name for a ship.', { temperature: 1.5, topP: 0.95, seed }))).text;
    const [one, again, two] = [await draw(1), await draw(1), await draw(2)];
    expect(again).toBe(one);
    expect(two).not.toBe(one);
  });

  it('ends an answer at the most tokens asked for', async () => {
    const { finishReason, usage } = await generator.generate(request('Tell a long story.', { maxTokens: 5 }));
    expect(finishReason).toBe('length');
    expect(usage.completionTokens).toBe(5);
  });

  it('evaluates calls at the same time side by side, as many as it has sequences', async () => {
    const controller = new AbortController();
    const ended: string[] = [];
    const stories = ['Ada', 'Bo', 'Cleo'].map((name) =>
      generator
        .generate(request(`Tell a very long story about ${name}.`, { maxTokens: 700 }), controller.signal)
        .catch((error: unknown) => error)
        .finally(() => ended.push(name)),
    );
    // The fourth sequence is free: short answers overtake the stories, one after the other.
    const short = ['Peru', 'Italy'].map(async (country) => {
      await generator.generate(request(`What is the capital of ${country}?`, { maxTokens: 4 }));
      ended.push(country);
    });
    await Promise.all(short);
    expect(ended).toEqual(['Peru', 'Italy']);
    controller.abort();
    await Promise.all(stories);
  });

  it('refuses a prompt that its context does not hold', async () => {
    await expect(generator.generate(request('word '.repeat(4_200)))).rejects.toMatchObject({
      name: 'RequestError',
      kind: 'context_overflow',
      message: expect.stringContaining('4096'),
    });
  });

  it('ends an answer when its signal aborts, and goes on with the next', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const story = generator.generate(request('Tell a very long story.', { maxTokens: 900 }), controller.signal);
    setTimeout(() => controller.abort(reason), 500);
    await expect(story).rejects.toBe(reason);
    await expect(generator.generate(request('Hello?'), controller.signal)).rejects.toBe(reason);
    expect((await generator.generate(request('What is the capital of Peru?'))).text).toContain('Lima');
  });

  it('is shared by those who load the same file, and refuses another beside it', async () => {
    const second = await loadGguf(path);
    const copy = join(folder, 'copy.gguf');
    copyFileSync(path, copy);
    await expect(loadGguf(copy)).rejects.toMatchObject({
      code: 'generator_unavailable',
      message: expect.stringContaining(path),
    });
    const pending = second.generate(request('Tell a very long story.', { maxTokens: 900 }));
    await Promise.all([expect(pending).rejects.toMatchObject({ code: 'closed' }), second.close()]);
    expect((await generator.generate(request('What is the capital of Peru?'))).text).toContain('Lima');
  });

  it('can be another once the last one is closed', async () => {
    await generator.close();
    await expect(generator.generate(request('Hello?'))).rejects.toMatchObject({ code: 'closed' });
    generator = await loadGguf(join(folder, 'copy.gguf'), OPTIONS);
    expect((await generator.generate(request('What is the capital of Peru?'))).text).toContain('Lima');
  });

  it('is tried by doctor, which prints nothing of the library', async () => {
    const { code, stdout, stderr } = await runCli(['doctor', '--llm', `gguf:${path}`, '--timeout', '50']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^ok +gguf:model\.gguf +answers in [\d.]+ s, [\d.]+ tokens\/s, gives no logprobs/);
    expect(code).toBe(0);
  });
});

describe('loading a GGUF model', () => {
  it('fails where there is no such file', async () => {
    await expect(loadGguf(join(folder, 'none.gguf'))).rejects.toMatchObject({ code: 'model_not_found' });
  });

  it('fails where the file is none, and leaves the way free for another', async () => {
    const junk = join(folder, 'junk.gguf');
    writeFileSync(junk, 'not a model');
    await expect(loadGguf(junk)).rejects.toMatchObject({ code: 'bad_weights', message: expect.stringContaining(junk) });
    await expect(loadGguf(join(folder, 'none.gguf'))).rejects.toMatchObject({ code: 'model_not_found' });
  });

  it('says what to install where the optional package is missing', async () => {
    const alone = join(folder, 'alone');
    cpSync(DIST, alone, { recursive: true });
    writeFileSync(join(alone, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'some.gguf'), '');
    const module = pathToFileURL(join(alone, 'llm/gguf/load-gguf.js')).href;
    const script = `const { loadGguf } = await import('${module}');
      await loadGguf('${join(folder, 'some.gguf')}').catch(({ code, message }) => console.log(code, message));`;
    const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', script], { cwd: folder });
    expect(stdout).toMatch(/^generator_unavailable .*is not installed\ninstall it with: npm install node-llama-cpp/);
  });
});
