import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const SERVER = resolve(import.meta.dirname, 'server.mjs');

/** The names of what can go wrong with a request; `faults.mjs` says what each does. */
export type LoopbackFault =
  | 'rate_limited'
  | 'rate_limited_seconds'
  | 'server_error'
  | 'unavailable'
  | 'unauthorized'
  | 'not_found'
  | 'bad_request'
  | 'context_overflow'
  | 'content_filter'
  | 'no_choices'
  | 'malformed_json'
  | 'html'
  | 'hang'
  | 'stall'
  | 'cut_body'
  | 'reset';

export interface LoopbackOptions {
  /** Milliseconds before each answer; default 0. */
  readonly latency?: number;
  /** Answers wait until so many requests are in flight; default 1. */
  readonly together?: number;
  /** The share of distinct requests whose first attempt is faulted, chosen by their hash; default 0. */
  readonly faultShare?: number;
  /** Of which faults; default rate_limited (Retry-After 0.1 s), server_error, hang, cut_body and malformed_json. */
  readonly faults?: readonly LoopbackFault[];
  /** Every request meets this fault. */
  readonly always?: LoopbackFault | null;
  /** Every request after so many meets the fault `always`, or `server_error`; none before does. */
  readonly failAfter?: number | null;
  /** Other models are answered with 404; default any. */
  readonly models?: readonly string[] | null;
  /** The API key that is demanded; default none. */
  readonly key?: string | null;
  /** Requests for logprobs are answered with 400. */
  readonly refuseLogprobs?: boolean;
  /** What every answer carries as `reasoning_content`. */
  readonly reasoning?: string;
  /** URL of an ES module whose default export `(body, hash) => string` gives the answers; default `answer.mjs`. */
  readonly answer?: string;
}

export interface LoopbackStats {
  /** Chat requests; `answered` went out well, `faulted` otherwise. */
  readonly received: number;
  readonly answered: number;
  readonly faulted: number;
  readonly inFlight: number;
  readonly mostInFlight: number;
  readonly connections: number;
  /** The last chat request. */
  readonly last: { readonly headers: Record<string, string>; readonly body: Record<string, unknown> } | null;
  /** The same counts by the sha-256 of the request's body. */
  readonly requests: Record<string, { readonly received: number; readonly answered: number; readonly faulted: number }>;
}

/**
 * An OpenAI-compatible server in a process of its own:
 *
 *     await using llm = await LoopbackLlm.start({ latency: 200, faultShare: 0.2 });
 *     llm.baseUrl                     // http://127.0.0.1:PORT/v1, for openai:MODEL@BASE_URL
 *     llm.spec                        // openai:loopback@BASE_URL
 *     (await llm.stats()).answered
 *     await llm.set({ faultShare: 0 });
 */
export class LoopbackLlm implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #origin: string;

  private constructor(process: ChildProcess, origin: string) {
    this.#process = process;
    this.#origin = origin;
  }

  static async start(options: LoopbackOptions = {}): Promise<LoopbackLlm> {
    const child = spawn(process.execPath, [SERVER, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const [origin] = (await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`the loopback server ended with code ${code}`))),
    ])) as [string];
    return new LoopbackLlm(child, origin);
  }

  get baseUrl(): string {
    return `${this.#origin}/v1`;
  }

  get spec(): string {
    return `openai:loopback@${this.baseUrl}`;
  }

  async stats(): Promise<LoopbackStats> {
    const response = await fetch(`${this.#origin}/stats`);
    return (await response.json()) as LoopbackStats;
  }

  async set(options: LoopbackOptions): Promise<void> {
    await fetch(`${this.#origin}/options`, { method: 'POST', body: JSON.stringify(options) });
  }

  /** Ends the process; what it was answering is cut off. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
