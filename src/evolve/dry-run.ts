import { CountingAsker } from '../ask/counting-asker.js';
import { checkPrice, estimate, type Estimate, type TokenPrice } from '../ask/estimate.js';
import { Questions } from '../ask/questions.js';
import { withKeptRows } from '../ask/with-kept-rows.js';
import { throwIfAborted } from '../async/abort.js';
import { drawSets } from '../auto-evol/draw-sets.js';
import { countQuestions } from '../auto-evol/find-method.js';
import { initialMethod, methodOperation } from '../auto-evol/method.js';
import { ANSWER_TOKENS, ASSUMPTIONS, GROWTH_TOKENS } from './assumptions.js';
import { chainsOf } from './chains.js';
import { planEvolution } from './evolution-plan.js';
import { settleEvolveOptions, type EvolveOptions, type EvolveSettings } from './evolve-options.js';
import { evolveSeed } from './evolve-seed.js';
import { constantSchedule } from './schedule.js';
import { methodSearches, variants } from './find-methods.js';

/** What an evolution would send, estimated: see `ASSUMPTIONS`. */
export interface DryRun extends Omit<Estimate, 'total'> {
  readonly requests: {
    readonly evolve: number;
    readonly respond: number;
    readonly optimise: number;
    readonly total: number;
  };
}

const ASSUMED = [`an instruction grows by ${GROWTH_TOKENS} tokens a round`, `a response has ${ANSWER_TOKENS}`] as const;

/**
 * Renders the first prompt of each operation, and counts what `evolve` with the same options would send: the very
 * evolution, answered by rule. Sends nothing, loads nothing and leaves nothing behind.
 *
 * @throws EvosiftError `bad_argument`, `bad_data`, `bad_config`.
 */
export async function dryRun(options: EvolveOptions, price: TokenPrice | null = null): Promise<DryRun> {
  // Rows want a directory to be kept in, and have none here for longer than this call.
  const settings = settleEvolveOptions(options?.rows === undefined ? options : { out: 'nowhere', ...options });
  if (price !== null) checkPrice(price);
  throwIfAborted(settings.signal);
  return await withKeptRows(settings, (kept) => count(kept, price));
}

async function count(settings: EvolveSettings, price: TokenPrice | null): Promise<DryRun> {
  const { auto } = settings;
  const plan = await planEvolution(settings, null);
  const asker = new CountingAsker(ASSUMPTIONS);
  const context = { ...plan.context, asker };
  const method = async (): Promise<string> => await initialMethod(context.prompts, auto?.methodFile);
  const schedule = plan.schedule ?? constantSchedule(methodOperation(await method()));
  const chains = chainsOf(settings, context, null, new Questions(), () => schedule);
  for await (const { seed } of plan.seeds) {
    if (!seed.ok) continue;
    for (const chain of chains) await evolveSeed(chain, seed.index, seed.variant, new Map());
  }
  if (auto?.optimise === true) {
    const sets = await drawSets(variants(plan.seeds), auto);
    for (const search of methodSearches(settings, context, null, new Questions())) {
      await countQuestions(search, sets, await method(), asker);
    }
  }
  return report(asker, settings, price);
}

/** What only the optimiser of methods is asked. */
const OPTIMISING: readonly string[] = ['analyse', 'rewrite'];

function report(asker: CountingAsker, limits: EvolveSettings, price: TokenPrice | null): DryRun {
  const generators = limits.generators.length;
  const { total, ...estimated } = estimate(asker, { price, limits, generators, assumed: ASSUMED });
  const requestsOf = (...operations: readonly string[]): number =>
    operations.reduce((sum, operation) => sum + (asker.requests.get(operation) ?? 0), 0);
  const respond = requestsOf('respond');
  const optimise = requestsOf(...OPTIMISING);
  return { requests: { evolve: total - respond - optimise, respond, optimise, total }, ...estimated };
}
