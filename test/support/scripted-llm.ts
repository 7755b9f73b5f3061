import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { packageFile } from '../../src/base/package-file.js';

/** A chat request by what it asks: the name of the prompt and its variables; and the body that carried it. */
export interface Asked {
  readonly prompt: string;
  readonly instruction: string;
  readonly input: string;
  readonly method: string;
  readonly feedback: string;
  /** All variables by name, those of AutoIF's prompts too. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly body: {
    readonly temperature?: number;
    readonly top_p?: number;
    readonly max_tokens?: number;
    readonly seed?: number;
  };
}

/** The answer's text, or the status of a refusal. */
export type Script = (asked: Asked) => string | number;

/**
 * An OpenAI-compatible server in the test's own process, whose answers are a function of the test: it is asked through
 * the prompts of `prompts`, which are the built-in ones with every text of theirs replaced by the variables themselves.
 * Markers stay, and are demanded.
 */
export class ScriptedLlm implements AsyncDisposable {
  /** In the order in which they came. */
  readonly asked: Asked[] = [];

  private constructor(
    private readonly server: Server,
    /** A prompt pack's folder. */
    readonly prompts: string,
  ) {}

  /** @param latency Milliseconds that an answer takes. */
  static async start(script: Script, latency = 0): Promise<ScriptedLlm> {
    const server = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const { messages, ...body } = JSON.parse(Buffer.concat(chunks).toString());
        const variables = JSON.parse(messages.at(-1).content);
        const asked: Asked = { ...variables, variables, body };
        llm.asked.push(asked);
        const answer = script(asked);
        if (latency > 0) await delay(latency);
        response.writeHead(typeof answer === 'number' ? answer : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(typeof answer === 'number' ? { error: { message: 'refused' } } : chatOf(answer)));
      })();
    });
    const llm = new ScriptedLlm(server, await promptFolder());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return llm;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await once(this.server.close(), 'close');
  }
}

const chatOf = (content: string): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 0,
  model: 'scripted',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop', logprobs: null }],
});

/** By prompt, the variables that it is asked with. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    ['constraints', 'deepening', 'concretising', 'reasoning', 'breadth', 'respond'].map((name) => [
      name,
      ['instruction', 'input'],
    ]),
  ),
  'evolve-by-method': ['method', 'instruction', 'input'],
  analyse: ['method', 'trajectories'],
  'rewrite-method': ['method', 'feedback'],
  'augment-constraints': ['examples', 'count'],
  'write-verifier': ['constraint'],
  'back-translate': ['code'],
  'judge-contradiction': ['premise', 'hypothesis'],
  'respond-constrained': ['query', 'constraints'],
  grade: ['query', 'constraints', 'response'],
  'judge-difficulty': ['instruction', 'input'],
  'judge-score': ['instruction', 'input'],
  'judge-pair': ['instruction', 'input', 'first', 'second'],
  'name-method': ['method'],
};

async function promptFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evosift-scripted-'));
  const builtIn = JSON.parse(await readFile(join(packageFile('package.json'), '../prompts/pack.json'), 'utf8')) as {
    readonly prompts: Readonly<Record<string, { readonly marker: string | null }>>;
  };
  const prompts: Record<string, object> = {};
  for (const [name, variables] of Object.entries(VARIABLES)) {
    const fields = variables.map((variable) => `"${variable}": {{ ${variable} | tojson }}`);
    await writeFile(join(folder, `${name}.jinja`), `{"prompt": "${name}", ${fields.join(', ')}}`);
    prompts[name] = { file: `${name}.jinja`, marker: builtIn.prompts[name]!.marker };
  }
  await writeFile(join(folder, 'pack.json'), JSON.stringify({ version: 1, prompts }));
  return folder;
}
