import { integer, number, option, text, type OptionSpec, type OptionTable } from '../base/options.js';
import { DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT } from '../llm/fleet/options.js';
import type { GeneratorPlan } from '../llm/generator.js';
import { SAMPLING_OPTIONS, type SamplingOptions } from './sampling.js';

/** How much may be asked at a time and in all. None of it changes what comes of a run. */
export interface LimitOptions {
  /** Requests in flight, for each generator; default 16. */
  readonly concurrency?: number;
  /** Requests a minute, for each generator. */
  readonly rpm?: number;
  /** Tokens a minute, for each generator. */
  readonly tpm?: number;
  /** Seconds that a request may take; default 120. */
  readonly timeout?: number;
  /** Requests that this start may send; then it stops, and the same call goes on. */
  readonly budgetRequests?: number;
  /** Tokens that this start may use, prompts and answers together. */
  readonly budgetTokens?: number;
}

/** What all commands that ask generators take. */
export interface RequestOptions extends SamplingOptions, LimitOptions {
  /** A folder of prompts that stand in for the built-in ones of the same names. */
  readonly prompts?: string;
}

export const REQUEST_OPTIONS = {
  ...SAMPLING_OPTIONS,
  concurrency: integer(
    { from: 1 },
    { flag: '--concurrency <n>', help: `requests in flight, for each generator (default ${DEFAULT_CONCURRENCY})` },
  ),
  rpm: number({ above: 0 }, { flag: '--rpm <n>', help: 'requests a minute, for each generator' }),
  tpm: number({ above: 0 }, { flag: '--tpm <n>', help: 'tokens a minute, for each generator' }),
  // At most what a timer can wait for.
  timeout: number(
    { above: 0, to: 2_000_000 },
    {
      flag: '--timeout <seconds>',
      help: 'how long a request may take',
      default: DEFAULT_TIMEOUT / 1000,
    },
  ),
  budgetRequests: integer(
    { from: 1 },
    { flag: '--budget-requests <n>', help: 'stop after so many requests; the same command goes on' },
  ),
  budgetTokens: integer(
    { from: 1 },
    { flag: '--budget-tokens <n>', help: 'stop after so many tokens; the same command goes on' },
  ),
  prompts: text({ flag: '--prompts <dir>', help: 'a folder of prompts in place of the built-in ones' }),
} as const satisfies OptionTable<RequestOptions>;

const isPlan = (value: unknown): value is GeneratorPlan =>
  typeof value === 'object' && value !== null && 'name' in value && 'source' in value;

export const GENERATOR_OPTION: OptionSpec<GeneratorPlan> = option<GeneratorPlan>(
  { expected: 'a generator plan, as parsePlans makes it', accepts: isPlan },
  {},
);

export const GENERATORS_OPTION: OptionSpec<readonly GeneratorPlan[]> = option<readonly GeneratorPlan[]>(
  {
    expected: 'an array of generator plans, as parsePlans makes them',
    accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(isPlan),
  },
  {},
);
