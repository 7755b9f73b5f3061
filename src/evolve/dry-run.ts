import type { ChatMessage, Sampling } from '../llm/chat.js';
import { DEFAULT_CONCURRENCY } from '../llm/fleet/options.js';
import type { GeneratorPlan } from '../llm/generator.js';
import { initialMethod } from '../auto-evol/initial-method.js';
import { autoSchedule } from '../auto-evol/method.js';
import { optimiserRequests } from '../auto-evol/requests.js';
import { plannedSteps } from './planned-steps.js';
import { checkEvolveOptions, type EvolveOptions } from './evolve-options.js';
import { planEvolution, responderOf } from './evolution-plan.js';
import { generatorSampling } from '../ask/sampling.js';
import type { Variant } from './variant.js';

/** What tokens cost, for a million of them. */
export interface TokenPrice {
  readonly input: number;
  readonly output: number;
}

/** The first request of an operation, as it would be sent. */
export interface SampleRequest {
  readonly generator: string;
  readonly operation: string;
  readonly messages: readonly ChatMessage[];
  readonly sampling: Sampling;
}

/** What an evolution would send, estimated: see `ASSUMPTIONS`. */
export interface DryRun {
  readonly requests: {
    readonly evolve: number;
    readonly respond: number;
    readonly optimise: number;
    readonly total: number;
  };
  readonly tokens: { readonly prompt: number; readonly completion: number };
  readonly seconds: number;
  /** Null without a price. */
  readonly cost: number | null;
  readonly samples: readonly SampleRequest[];
  readonly assumptions: string;
}

const CHARACTERS_PER_TOKEN = 4;
/** Tokens that an evolved instruction is longer than its parent by, and those of a response. */
const GROWTH_TOKENS = 60;
const RESPONSE_TOKENS = 300;
const TOKENS_PER_SECOND = 40;

const ASSUMPTIONS =
  `${CHARACTERS_PER_TOKEN} characters to a token, an instruction grows by ${GROWTH_TOKENS} tokens a round, a response has ` +
  `${RESPONSE_TOKENS}, a request is answered at ${TOKENS_PER_SECOND} tokens/s, and nothing is eliminated`;

/**
 * Renders the first prompt of each operation, and counts what `evolve` with the same options would send. Sends nothing
 * and writes nothing.
 *
 * @param scores Whether there would be a scorer, where it is not loaded.
 * @throws EvosiftError `bad_argument`, `bad_data`, `bad_config`.
 */
export async function dryRun(
  options: EvolveOptions,
  price: TokenPrice | null = null,
  scores = options.scorer !== undefined,
): Promise<DryRun> {
  checkEvolveOptions(options, scores);
  const { seeds, prompts, sampling, schedule, auto } = await planEvolution(options);
  const taken = schedule ?? autoSchedule(await initialMethod({ prompts }, { methodFile: auto?.methodFile ?? null }));
  const { rounds = 1, bestOf = 1, breadth } = options;
  const shape = { rounds, bestOf, addsBreadth: breadth === 'add' };
  const tally = new RequestTally();
  for await (const { seed } of seeds) {
    if (!seed.ok) continue;
    for (const generator of options.generators) {
      for (const { operation, round } of plannedSteps(taken, seed.index, shape)) {
        const { instruction, input } = seed.variant;
        const { messages } = prompts.render(operation.prompt, { ...operation.variables, instruction, input });
        const own = generatorSampling(generator, operation.name, sampling.evolve);
        const earlier = (round - 1) * GROWTH_TOKENS;
        const grown = tokensOf(instruction) + round * GROWTH_TOKENS;
        tally.add('evolve', { generator, operation: operation.name, messages, sampling: own, earlier, answer: grown });
        const answering = responderOf(options, generator);
        if (answering !== null) tally.add('respond', respondRequest(answering, seed.variant, round));
      }
    }
  }
  function respondRequest(generator: GeneratorPlan, { instruction, input }: Variant, round: number): PlannedRequest {
    const { messages } = prompts.render('respond', { instruction, input });
    const own = generatorSampling(generator, 'respond', sampling.respond);
    const earlier = round * GROWTH_TOKENS;
    return { generator, operation: 'respond', messages, sampling: own, earlier, answer: RESPONSE_TOKENS };
  }
  if (auto !== null) tally.addOptimiser(optimiserRequests(auto), options.generators.length);
  return tally.report(options, price);
}

interface PlannedRequest {
  readonly generator: GeneratorPlan;
  readonly operation: string;
  readonly messages: readonly ChatMessage[];
  readonly sampling: Sampling;
  /** Tokens that earlier rounds will have added to the prompt. */
  readonly earlier: number;
  readonly answer: number;
}

class RequestTally {
  readonly #requests = { evolve: 0, respond: 0, optimise: 0 };
  readonly #samples = new Map<string, SampleRequest>();
  #prompt = 0;
  #completion = 0;

  add(stage: 'evolve' | 'respond', request: PlannedRequest): void {
    const { generator, operation, messages, sampling, earlier, answer } = request;
    this.#requests[stage]++;
    this.#prompt += earlier + messages.reduce((sum, { content }) => sum + tokensOf(content), 0);
    this.#completion += Math.min(answer, sampling.maxTokens);
    const name = JSON.stringify([generator.name, operation]);
    if (!this.#samples.has(name)) {
      this.#samples.set(name, { generator: generator.name, operation, messages, sampling });
    }
  }

  /** What finding a method adds, in requests as long as the others on average. */
  addOptimiser(
    each: { readonly evolve: number; readonly respond: number; readonly optimise: number },
    times: number,
  ): void {
    const before = this.#total;
    for (const stage of ['evolve', 'respond', 'optimise'] as const) this.#requests[stage] += each[stage] * times;
    const grown = before === 0 ? 1 : this.#total / before;
    this.#prompt *= grown;
    this.#completion *= grown;
  }

  get #total(): number {
    const { evolve, respond, optimise } = this.#requests;
    return evolve + respond + optimise;
  }

  report(options: EvolveOptions, price: TokenPrice | null): DryRun {
    const prompt = Math.round(this.#prompt);
    const completion = Math.round(this.#completion);
    return {
      requests: { ...this.#requests, total: this.#total },
      tokens: { prompt, completion },
      seconds: secondsOf(options, this.#total, prompt, completion),
      cost: price === null ? null : (prompt * price.input + completion * price.output) / 1e6,
      samples: [...this.#samples.values()],
      assumptions: ASSUMPTIONS,
    };
  }
}

/** The slowest of what holds requests back: their own time, and the limits a minute; generators work side by side. */
function secondsOf(
  { concurrency = DEFAULT_CONCURRENCY, rpm = Infinity, tpm = Infinity, generators }: EvolveOptions,
  requests: number,
  prompt: number,
  completion: number,
): number {
  const share = generators.length;
  return Math.max(
    completion / TOKENS_PER_SECOND / concurrency / share,
    (60 * requests) / share / rpm,
    (60 * (prompt + completion)) / share / tpm,
  );
}

const tokensOf = (text: string): number => Math.ceil(text.length / CHARACTERS_PER_TOKEN);
