import { EvosiftError } from '../../base/errors.js';
import { silentLogger } from '../../base/logger.js';
import { DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT, type FleetOptions } from './options.js';
import type { GeneratorPlan } from '../generator.js';
import { Budget } from '../limits/budget.js';
import { RateLimiter } from '../limits/rate-limiter.js';
import { ReplayedAnswers } from '../replay/replayed-answers.js';

/** The route to one generator: over the wire within its limits, or to what it once answered. */
export type Route = { readonly plan: GeneratorPlan } & (
  | { readonly kind: 'live'; readonly limiter: RateLimiter }
  | { readonly kind: 'replay'; readonly answers: ReplayedAnswers }
);

/**
 * A route to each of the plans, by name; they share one budget.
 *
 * @param halt See `RateLimiterOptions`.
 * @throws EvosiftError `bad_argument` where two plans have one name; `bad_data` for a journal that can't be replayed.
 */
export async function openRoutes(
  options: FleetOptions,
  halt: (error: EvosiftError) => void,
): Promise<ReadonlyMap<string, Route>> {
  const { concurrency = DEFAULT_CONCURRENCY, rpm = null, tpm = null, breaker, logger = silentLogger } = options;
  const budget = new Budget({ requests: options.budgetRequests ?? null, tokens: options.budgetTokens ?? null });
  const routes = new Map<string, Route>();
  const onSettled = (): void => {
    for (const route of routes.values()) if (route.kind === 'live') route.limiter.pump();
  };
  try {
    for (const plan of options.plans) {
      const { name, source } = plan;
      if (routes.has(name)) throw new EvosiftError('bad_argument', `createFleet: two plans are called ${name}`);
      if (source.kind === 'replay') {
        routes.set(name, { plan, kind: 'replay', answers: await ReplayedAnswers.open(source.path) });
        continue;
      }
      const onSlowed = (allowed: number, pause: number): void =>
        logger.warn(
          { generator: name, allowed, pause },
          `${name} refuses requests as too many; it gets fewer at a time`,
        );
      const endpoint = source.kind === 'openai' ? `${name} at ${source.baseUrl}` : name;
      const seconds = (options.timeout ?? DEFAULT_TIMEOUT) / 1000;
      const onSilent = (timeouts: number): void =>
        logger.warn(
          { generator: name, timeouts, timeout: seconds },
          `${endpoint} has answered none of ${timeouts} requests within ${seconds} s each; it may be too slow for so much: ` +
            'give it longer (`timeout`), or ask for shorter answers (`maxTokens`) or fewer at a time (`concurrency`)',
        );
      const limits = { name: endpoint, concurrency, rpm, tpm, budget, halt, onSlowed, onSilent, onSettled };
      routes.set(name, {
        plan,
        kind: 'live',
        limiter: new RateLimiter(breaker === undefined ? limits : { ...limits, breaker }),
      });
    }
  } catch (error) {
    await closeRoutes(routes);
    throw error;
  }
  return routes;
}

export async function closeRoutes(routes: ReadonlyMap<string, Route>): Promise<void> {
  for (const route of routes.values()) if (route.kind === 'replay') await route.answers[Symbol.asyncDispose]();
}
