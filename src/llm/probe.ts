import { EvosiftError, type ErrorCode } from '../base/errors.js';
import type { Completion } from './chat.js';
import type { GeneratorPlan, OpenAiEndpoint } from './generator.js';
import { loadGguf } from './gguf/load-gguf.js';
import type { RequestOptions } from './openai/request-completion.js';
import { planRequest } from './fleet/plan-request.js';
import { ReplayedAnswers } from './replay/replayed-answers.js';
import { RequestError, type FailureKind } from './request-error.js';

/** What one tiny request told about a generator. */
export type ProbeReport =
  | {
      readonly status: 'answers';
      readonly name: string;
      /** Milliseconds to the whole answer, without loading a model. */
      readonly latency: number;
      /** Null where the generator does not count its tokens. */
      readonly tokensPerSecond: number | null;
      readonly logprobs: boolean;
      /** The answer held thoughts apart from its text. */
      readonly reasoning: boolean;
      readonly text: string;
    }
  | { readonly status: 'replays'; readonly name: string; readonly generators: readonly string[] }
  | {
      readonly status: 'failed';
      readonly name: string;
      readonly kind: FailureKind | ErrorCode;
      readonly message: string;
      /** What to do about it. */
      readonly mend: string;
    };

const MESSAGES = [{ role: 'user', content: 'Write the numbers from one to ten as words.' }] as const;
const MAX_TOKENS = 32;

/** Tries a generator with one tiny request. Failures are reported, not thrown; an abort throws the signal's reason. */
export async function probeGenerator(plan: GeneratorPlan, options: RequestOptions): Promise<ProbeReport> {
  try {
    return await probe(plan, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof RequestError) && !(error instanceof EvosiftError)) throw error;
    const kind = error instanceof RequestError ? error.kind : error.code;
    const { source } = plan;
    const mend = source.kind === 'openai' ? await mendEndpoint(source, kind, options) : mendFile(source.kind);
    return { status: 'failed', name: plan.name, kind, message: error.message, mend };
  }
}

async function probe(plan: GeneratorPlan, options: RequestOptions): Promise<ProbeReport> {
  const { name, source } = plan;
  if (source.kind === 'replay') {
    await using answers = await ReplayedAnswers.open(source.path);
    return { status: 'replays', name, generators: answers.generators };
  }
  const request = planRequest({ plan, messages: MESSAGES, sampling: { maxTokens: MAX_TOKENS, logprobs: true } });
  if (source.kind === 'openai') {
    // Before the clock runs.
    const { requestCompletion } = await openAiClient();
    return await timed(name, (logprobs) =>
      requestCompletion(source, { ...request, sampling: { ...request.sampling, logprobs } }, options),
    );
  }
  await using generator = await loadGguf(source.path);
  return await timed(name, () => generator.generate(request, options.signal));
}

/** Some servers refuse a request for logprobs; then they offer none, and are asked without. */
async function timed(name: string, ask: (logprobs: boolean) => Promise<Completion>): Promise<ProbeReport> {
  let started = performance.now();
  const completion = await ask(true).catch(async (error: unknown) => {
    if (!(error instanceof RequestError) || error.kind !== 'bad_request') throw error;
    started = performance.now();
    return await ask(false);
  });
  const latency = performance.now() - started;
  const tokens = completion.usage.completionTokens;
  return {
    status: 'answers',
    name,
    latency,
    tokensPerSecond: tokens === null ? null : tokens / (latency / 1_000),
    logprobs: (completion.logprobs?.length ?? 0) > 0,
    reasoning: completion.reasoning !== null,
    text: completion.text.trim(),
  };
}

/** Loaded when it is first needed: it takes longer to load than all else. */
const openAiClient = async () => ({
  ...(await import('./openai/request-completion.js')),
  ...(await import('./openai/list-models.js')),
});

async function mendEndpoint(
  endpoint: OpenAiEndpoint,
  kind: FailureKind | ErrorCode,
  options: RequestOptions,
): Promise<string> {
  const { baseUrl, keyEnv } = endpoint;
  switch (kind) {
    case 'unauthorized':
      return keyEnv === null ? 'name the variable that holds the key: …#KEY_ENV' : `export ${keyEnv}=…`;
    case 'not_found': {
      const { listModels } = await openAiClient();
      const models = await listModels(endpoint, options).catch(() => []);
      return models.length === 0
        ? `curl ${baseUrl}/models`
        : `name a model that it serves: ${models.slice(0, 8).join(', ')}`;
    }
    case 'connection':
      return `start the server, or correct the base URL: curl ${baseUrl}/models`;
    case 'timeout':
      return 'give it longer: `timeout` SECONDS';
    case 'rate_limited':
      return 'wait, then run with a lower `rpm` or `concurrency`';
    case 'malformed_answer':
      return 'a base URL that an OpenAI-compatible server answers at, usually ending in /v1';
    case 'bad_request':
      return 'body fields in `configFile`: null leaves one out, "max_completion_tokens": true renames max_tokens';
    default:
      return "look into the server's own log";
  }
}

const mendFile = (kind: 'gguf' | 'replay'): string =>
  kind === 'gguf'
    ? 'see the message: a file, a package or memory is missing'
    : 'name the journal.jsonl of an earlier run';
