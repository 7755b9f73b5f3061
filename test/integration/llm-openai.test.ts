import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ChatRequest, Completion } from '../../src/llm/chat.js';
import type { OpenAiEndpoint } from '../../src/llm/generator.js';
import { requestCompletion } from '../../src/llm/openai/request-completion.js';
import type { RequestError } from '../../src/llm/request-error.js';
import { LoopbackLlm, type LoopbackFault } from '../support/loopback-llm/loopback-llm.js';

const KEY = 'sk-planted-0123456789abcdef';
const REQUEST: ChatRequest = {
  messages: [{ role: 'user', content: 'Name three rivers.' }],
  sampling: { maxTokens: 64, temperature: 0.5, topP: 0.9, seed: 7 },
};

let llm: LoopbackLlm;
beforeAll(async () => {
  llm = await LoopbackLlm.start();
});
afterAll(() => llm.stop());
afterEach(() => vi.unstubAllEnvs());

const endpointAt = (baseUrl: string, fields: Partial<OpenAiEndpoint> = {}): OpenAiEndpoint => ({
  kind: 'openai',
  model: 'loopback',
  baseUrl,
  keyEnv: null,
  body: {},
  headers: {},
  ...fields,
});

const ask = (endpoint: OpenAiEndpoint, request = REQUEST, timeout = 20_000): Promise<Completion> =>
  requestCompletion(endpoint, request, { timeout });

const failureOf = async (answer: Promise<unknown>): Promise<RequestError> =>
  await answer.then(
    () => expect.unreachable('the request succeeded'),
    (error: RequestError) => error,
  );

describe('a request', () => {
  it('carries messages, sampling, extra fields, and no key where none is named', async () => {
    vi.stubEnv('OPENAI_API_KEY', KEY);
    vi.stubEnv('OPENAI_ORG_ID', 'org-of-mine');
    const completion = await ask(endpointAt(llm.baseUrl, { body: { top_k: 20 } }));
    expect(completion).toMatchObject({
      text: expect.stringMatching(/^Name three rivers\. \w/),
      reasoning: null,
      finishReason: 'stop',
      usage: { promptTokens: 5, completionTokens: expect.any(Number) },
      logprobs: null,
    });
    const { last } = await llm.stats();
    expect(last!.body).toEqual({
      model: 'loopback',
      messages: REQUEST.messages,
      max_tokens: 64,
      temperature: 0.5,
      top_p: 0.9,
      seed: 7,
      top_k: 20,
    });
    expect(JSON.stringify(last!.headers)).not.toMatch(/sk-planted|org-of-mine|authorization/i);
  });

  it('leaves out and renames fields as the body of its endpoint says', async () => {
    await ask(endpointAt(llm.baseUrl, { body: { temperature: null, max_completion_tokens: true } }));
    const { last } = await llm.stats();
    expect(last!.body).toEqual({
      model: 'loopback',
      messages: REQUEST.messages,
      max_completion_tokens: 64,
      top_p: 0.9,
      seed: 7,
    });
  });

  it('takes the key and headers from the environment', async () => {
    vi.stubEnv('TENANT_KEY', KEY);
    vi.stubEnv('TENANT', 'blue');
    await llm.set({ key: KEY });
    try {
      await ask(endpointAt(llm.baseUrl, { keyEnv: 'TENANT_KEY', headers: { 'x-tenant': 'is ${TENANT}' } }));
      const { last } = await llm.stats();
      expect(last!.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'x-tenant': 'is blue' });
    } finally {
      await llm.set({ key: null });
    }
  });

  it('fails without being sent where a variable is not set', async () => {
    const { received } = await llm.stats();
    for (const fields of [{ keyEnv: 'NOT_SET_KEY' }, { headers: { 'x-a': '${NOT_SET_KEY}' } }]) {
      const error = await failureOf(ask(endpointAt(llm.baseUrl, fields)));
      expect(error).toMatchObject({ kind: 'unauthorized', message: expect.stringContaining('NOT_SET_KEY') });
    }
    expect((await llm.stats()).received).toBe(received);
  });

  it('gives log-probabilities where they are asked for, and thoughts apart from the text', async () => {
    await llm.set({ reasoning: 'Rivers, hm.' });
    try {
      const { text, reasoning, logprobs } = await ask(endpointAt(llm.baseUrl), {
        ...REQUEST,
        sampling: { maxTokens: 9, logprobs: true },
      });
      expect(reasoning).toBe('Rivers, hm.');
      expect(text).not.toContain('hm.');
      expect(logprobs!.map(({ token }) => token).join('')).toBe(text);
      expect(logprobs!.every(({ logprob }) => logprob === -0.25)).toBe(true);
      expect((await llm.stats()).last!.body).toMatchObject({ logprobs: true, top_logprobs: 5 });
      // The likeliest first, whatever order they came in.
      for (const { top } of logprobs!) {
        expect(top!.map(({ logprob }) => logprob)).toEqual([-0.125, -0.25, -4.25, -6.25, -8.25]);
      }
    } finally {
      await llm.set({ reasoning: '' });
    }
  });

  it('shares its connections: hundreds in flight, and as many requests again over the same', async () => {
    await using fresh = await LoopbackLlm.start({ together: 300 });
    const round = (from: number) =>
      Promise.all(
        Array.from({ length: 300 }, (_, index) =>
          ask(endpointAt(fresh.baseUrl), {
            ...REQUEST,
            messages: [{ role: 'user', content: `Item ${from + index}` }],
          }),
        ),
      );
    await round(0);
    await round(300);
    const { mostInFlight, connections, answered } = await fresh.stats();
    expect(answered).toBe(600);
    expect(mostInFlight).toBe(300);
    // One more asks for the statistics.
    expect(connections).toBeLessThanOrEqual(301);
  });
});

describe('a failure', () => {
  it.each<[LoopbackFault, string, string, number | null]>([
    ['rate_limited', 'rate_limited', 'Rate limit reached', 100],
    ['rate_limited_seconds', 'rate_limited', 'Rate limit reached', 1_000],
    ['server_error', 'server_error', 'answered 500: The server had an error', null],
    ['unavailable', 'server_error', 'answered 503: Loading model', null],
    ['unauthorized', 'unauthorized', 'answered 401: Incorrect API key provided', null],
    ['not_found', 'not_found', 'loopback at http://127.0.0.1:', null],
    ['bad_request', 'bad_request', 'temperature is out of range', null],
    ['context_overflow', 'context_overflow', 'maximum context length is 1024', null],
    ['content_filter', 'content_filter', 'filtered the whole answer', null],
    ['no_choices', 'malformed_answer', 'answered without a choice', null],
    ['malformed_json', 'malformed_answer', 'JSON that is none', null],
    ['html', 'malformed_answer', 'other than JSON: "<html>', null],
    ['hang', 'timeout', 'no whole answer within 0.5 s', null],
    ['stall', 'timeout', 'no whole answer within 0.5 s', null],
    ['cut_body', 'connection', 'closed the connection before its answer was whole', null],
    ['reset', 'connection', 'closed the connection before its answer was whole', null],
  ])('%s is %s', async (fault, kind, message, retryAfter) => {
    await llm.set({ always: fault });
    try {
      const waits = fault === 'hang' || fault === 'stall';
      const error = await failureOf(ask(endpointAt(llm.baseUrl), REQUEST, waits ? 500 : 20_000));
      expect(error).toMatchObject({
        name: 'RequestError',
        kind,
        message: expect.stringContaining(message),
        retryAfter,
      });
    } finally {
      await llm.set({ always: null });
    }
  });

  it.each([
    ['http://127.0.0.1:1/v1', 'refuses connections'],
    ['http://no-such-host.invalid/v1', 'has a host name that'],
  ])('to reach %s is a failed connection', async (baseUrl, message) => {
    const error = await failureOf(ask(endpointAt(baseUrl)));
    expect(error).toMatchObject({ kind: 'connection', message: expect.stringContaining(message) });
  });

  it('never quotes the key, whatever the server says', async () => {
    vi.stubEnv('TENANT_KEY', KEY);
    vi.stubEnv('TENANT', 'tenant-secret-77');
    const headers = { 'x-tenant': '${TENANT}' };
    const said = (key: string | undefined, tenant: unknown): string =>
      `Incorrect key ${String(key).slice(7)} (sk-pla***cdef) for ${String(tenant)}`;
    const shout = (request: { headers: NodeJS.Dict<string | string[]> }, status: number): Reply => ({
      status,
      body: { error: { message: said(request.headers.authorization as string, request.headers['x-tenant']) } },
    });
    for (const status of [400, 401, 429, 500]) {
      await using server = await scripted((request) => shout(request, status));
      const error = await failureOf(ask(endpointAt(server.baseUrl, { keyEnv: 'TENANT_KEY', headers })));
      expect(error.message).toContain('Incorrect key [TENANT_KEY] ([key]) for [TENANT]');
      expect(JSON.stringify([error, error.stack, error.cause])).not.toMatch(/sk-pla|tenant-secret/);
    }
  });

  it('of an aborted request is the reason of its signal, and frees the connection', async () => {
    await using slow = await LoopbackLlm.start({ latency: 60_000 });
    const controller = new AbortController();
    const answer = requestCompletion(endpointAt(slow.baseUrl), REQUEST, { timeout: 60_000, signal: controller.signal });
    await expect.poll(async () => (await slow.stats()).inFlight).toBe(1);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    await expect.poll(async () => (await slow.stats()).inFlight).toBe(0);
    await expect(
      requestCompletion(endpointAt(slow.baseUrl), REQUEST, { timeout: 9, signal: controller.signal }),
    ).rejects.toBe(reason);
  });
});

/** What servers in use answer, word for word. */
describe('a refusal is understood', () => {
  it.each<[string, Reply, string]>([
    [
      'vLLM, context',
      {
        status: 400,
        body: {
          object: 'error',
          message:
            "This model's maximum context length is 4096 tokens. However, you requested 5033 tokens (2985 in the messages, 2048 in the completion). Please reduce the length of the messages or completion.",
          type: 'BadRequestError',
          code: 400,
        },
      },
      'context_overflow',
    ],
    [
      'vLLM, long prompt',
      {
        status: 400,
        body: {
          error: { message: 'The decoder prompt (length 5033) is longer than the maximum model length of 4096.' },
        },
      },
      'context_overflow',
    ],
    [
      'llama-server, context',
      {
        status: 400,
        body: {
          error: {
            code: 400,
            message:
              'the request exceeds the available context size. try increasing the context size or enable context shift',
            type: 'exceed_context_size_error',
          },
        },
      },
      'context_overflow',
    ],
    [
      'TGI, context',
      { status: 422, body: { error: '`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000' } },
      'context_overflow',
    ],
    [
      'OpenAI, quota',
      { status: 429, body: { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } } },
      'unauthorized',
    ],
    [
      'Azure, filter',
      {
        status: 400,
        body: {
          error: {
            message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
            code: 'content_filter',
          },
        },
      },
      'content_filter',
    ],
    [
      'Ollama, model',
      {
        status: 404,
        body: { error: { message: 'model "qwen9" not found, try pulling it first', type: 'not_found_error' } },
      },
      'not_found',
    ],
    [
      'OpenRouter, model',
      { status: 400, body: { error: { message: 'qwen/qwen9 is not a valid model ID', code: 400 } } },
      'not_found',
    ],
    [
      'OpenRouter, error in a 200',
      { status: 200, body: { error: { message: 'Provider returned error', code: 502 } } },
      'server_error',
    ],
    ['FastAPI, no route', { status: 404, body: { detail: 'Not Found' } }, 'not_found'],
    ['overloaded', { status: 529, body: { error: { message: 'Overloaded' } } }, 'server_error'],
    ['a plain 408', { status: 408, body: {} }, 'timeout'],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: {} }, 'bad_request'],
  ])('%s', async (_, reply, kind) => {
    await using server = await scripted(() => reply);
    expect(await failureOf(ask(endpointAt(server.baseUrl)))).toMatchObject({ kind });
  });

  it('with an HTTP date to come back at', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    await using server = await scripted(() => ({ status: 503, headers: { 'retry-after': date }, body: {} }));
    const { retryAfter } = await failureOf(ask(endpointAt(server.baseUrl)));
    expect(retryAfter).toBeGreaterThan(3_000_000);
    expect(retryAfter).toBeLessThanOrEqual(3_600_000);
  });
});

describe('an answer is understood', () => {
  const answered = async (message: object, finish_reason: string | null = 'stop'): Promise<Completion> => {
    await using server = await scripted(() => ({ status: 200, body: { choices: [{ message, finish_reason }] } }));
    return await ask(endpointAt(server.baseUrl));
  };

  it.each([
    [
      { content: 'a', reasoning: 'b' },
      { text: 'a', reasoning: 'b' },
    ],
    [
      { content: 'a', reasoning_content: '' },
      { text: 'a', reasoning: null },
    ],
    [{ content: null, refusal: 'I cannot.' }, { text: 'I cannot.' }],
    [{ content: null, tool_calls: [] }, { text: '' }],
    [
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
          { type: 'text', text: 'a' },
        ],
      },
      { text: 'a', reasoning: 'hm' },
    ],
  ])('with the message %j', async (message, completion) => {
    expect(await answered(message)).toMatchObject({
      ...completion,
      usage: { promptTokens: null, completionTokens: null },
    });
  });

  it.each([
    ['length', 'length'],
    ['eos_token', 'stop'],
    ['tool_calls', 'other'],
    [null, 'other'],
    ['content_filter', 'content_filter'],
  ])('that ends by %s', async (sent, finishReason) => {
    expect(await answered({ content: 'a' }, sent)).toMatchObject({ finishReason });
  });

  it('under another content type', async () => {
    await using server = await scripted(() => ({
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: { choices: [{ message: { content: 'Čeština 🌊' } }] },
    }));
    expect(await ask(endpointAt(server.baseUrl))).toMatchObject({ text: 'Čeština 🌊' });
  });
});

interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: object;
}

/** A server that gives one answer to everything. */
async function scripted(
  reply: (request: { headers: NodeJS.Dict<string | string[]> }) => Reply,
): Promise<AsyncDisposable & { readonly baseUrl: string }> {
  const server: Server = createServer((request, response) => {
    const { status, headers, body } = reply(request);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
