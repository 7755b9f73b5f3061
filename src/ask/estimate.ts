import { EvosiftError } from '../base/errors.js';
import { DEFAULT_CONCURRENCY } from '../llm/fleet/options.js';
import { CHARACTERS_PER_TOKEN, type CountingAsker, type SampleRequest } from './counting-asker.js';
import type { LimitOptions } from './request-options.js';

/** What tokens cost, for a million of them. */
export interface TokenPrice {
  readonly input: number;
  readonly output: number;
}

/** What a run would send, estimated. */
export interface Estimate {
  /** Requests in all. */
  readonly total: number;
  readonly tokens: { readonly prompt: number; readonly completion: number };
  readonly seconds: number;
  /** Null without a price. */
  readonly cost: number | null;
  readonly samples: readonly SampleRequest[];
  readonly assumptions: string;
}

/** What an estimate goes by. */
export interface EstimateBasis {
  /** Null where nobody named one. */
  readonly price: TokenPrice | null;
  readonly limits: Pick<LimitOptions, 'concurrency' | 'rpm' | 'tpm'>;
  /** Generators that share the requests, side by side. */
  readonly generators: number;
  /** What was taken for the answers, in words. */
  readonly assumed: readonly string[];
}

const TOKENS_PER_SECOND = 40;

/** @throws EvosiftError `bad_argument`. */
export function checkPrice({ input, output }: TokenPrice): void {
  if ([input, output].every((price) => Number.isFinite(price) && price >= 0)) return;
  throw new EvosiftError('bad_argument', 'dryRun: the price must be {input, output}, two numbers of at least 0', {
    option: 'price',
  });
}

/** What the requests that were counted would take. */
export function estimate(asker: CountingAsker, { price, limits, generators, assumed }: EstimateBasis): Estimate {
  const { requests, samples, tokens } = asker;
  const total = [...requests.values()].reduce((sum, times) => sum + times, 0);
  const { prompt, completion } = tokens;
  return {
    total,
    tokens,
    seconds: secondsOf({ requests: total, prompt, completion }, generators, limits),
    cost: price === null ? null : (prompt * price.input + completion * price.output) / 1e6,
    samples,
    assumptions: [
      `${CHARACTERS_PER_TOKEN} characters to a token`,
      ...assumed,
      `a request is answered at ${TOKENS_PER_SECOND} tokens/s`,
      'and nothing is eliminated',
    ].join(', '),
  };
}

interface Sent {
  readonly requests: number;
  readonly prompt: number;
  readonly completion: number;
}

/** The slowest of what holds requests back: their own time, and the limits a minute; generators work side by side. */
const secondsOf = (
  { requests, prompt, completion }: Sent,
  share: number,
  { concurrency = DEFAULT_CONCURRENCY, rpm = Infinity, tpm = Infinity }: EstimateBasis['limits'],
): number =>
  Math.max(
    completion / TOKENS_PER_SECOND / concurrency / share,
    (60 * requests) / share / rpm,
    (60 * (prompt + completion)) / share / tpm,
  );
