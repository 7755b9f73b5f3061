import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { runCli } from '../support/run-cli.js';

const KEY = 'sk-planted-0123456789abcdef';

let llm: LoopbackLlm;
const folder = mkdtempSync(join(tmpdir(), 'evosift-doctor-'));
beforeAll(async () => {
  llm = await LoopbackLlm.start({ models: ['loopback', 'other'] });
});
afterAll(async () => {
  await llm.stop();
  rmSync(folder, { recursive: true });
});

describe('doctor --llm', () => {
  it('tries each generator with a tiny request', async () => {
    const config = join(folder, 'llm.json');
    const generators = { mine: { model: 'other', base_url: llm.baseUrl, system_prompt: 'Be brief.' } };
    writeFileSync(config, JSON.stringify({ generators }));
    const { code, stdout, stderr } = await runCli(['doctor', '--llm', llm.spec, 'mine', '--llm-config', config]);
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^ok +openai:loopback +answers in \d+\.\d\d s, [\d.]+ tokens\/s, gives logprobs, "Write/);
    expect(lines[1]).toMatch(/^ok +mine +answers/);
    expect(code).toBe(0);
    expect((await llm.stats()).last!.body).toMatchObject({
      model: 'other',
      max_tokens: 32,
      messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user' }],
    });
  });

  it('says what is wrong and what to do, and fails', async () => {
    const unknown = await runCli(['doctor', '--llm', `openai:none@${llm.baseUrl}`]);
    expect(unknown.stdout).toMatch(/^missing +openai:none +not_found: none at http.*answered 404/);
    expect(unknown.stdout).toMatch(/mend it with: name a model that it serves: loopback, other\n$/);
    expect(unknown.code).toBe(1);

    const dead = await runCli(['doctor', '--llm', 'openai:m@http://127.0.0.1:1/v1', '--json']);
    expect(JSON.parse(dead.stdout)).toEqual({
      generators: [
        {
          status: 'failed',
          name: 'openai:m',
          kind: 'connection',
          message: 'm at http://127.0.0.1:1/v1 refuses connections; is the server running?',
          mend: 'start the server, or correct the base URL: curl http://127.0.0.1:1/v1/models',
        },
      ],
    });
    expect(dead.code).toBe(1);
  });

  it('names the variable of a key that is missing or wrong, and shows no key', async () => {
    const spec = `${llm.spec}#TENANT_KEY`;
    const unset = await runCli(['doctor', '--llm', spec]);
    expect(unset.stdout).toContain('the API key is in the environment variable TENANT_KEY, which is not set');
    await llm.set({ key: 'another' });
    const wrong = await runCli(['doctor', '--llm', spec], { env: { TENANT_KEY: KEY } });
    await llm.set({ key: null });
    for (const { code, stdout } of [unset, wrong]) {
      expect(stdout).toMatch(/^missing +openai:loopback +unauthorized/);
      expect(stdout).toContain('mend it with: export TENANT_KEY=…');
      expect(code).toBe(1);
    }
    expect(JSON.stringify(wrong)).not.toContain(KEY);
  });

  it('asks without logprobs where they are refused', async () => {
    await llm.set({ refuseLogprobs: true });
    const { code, stdout } = await runCli(['doctor', '--llm', llm.spec, '--json']);
    await llm.set({ refuseLogprobs: false });
    expect(JSON.parse(stdout).generators[0]).toMatchObject({ status: 'answers', logprobs: false, reasoning: false });
    expect(code).toBe(0);
  });

  it('takes its time limit from the command line', async () => {
    await llm.set({ always: 'hang' });
    const { code, stdout } = await runCli(['doctor', '--llm', llm.spec, '--timeout', '0.5']);
    await llm.set({ always: null });
    expect(stdout).toContain('timeout: loopback at');
    expect(code).toBe(1);
    expect((await runCli(['doctor', '--llm', llm.spec, '--timeout', '0'])).code).toBe(2);
  });

  it('is a wrong usage with a key where its name belongs', async () => {
    const result = await runCli(['doctor', '--llm', `openai:m#${KEY}`]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('NAME of an environment variable');
    expect(JSON.stringify(result)).not.toContain(KEY);
  });
});
