import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { throwIfAborted } from '../async/abort.js';
import { EvosiftError } from '../base/errors.js';
import { KeptInput } from '../runs/keep-input.js';
import { CHARACTERS_PER_TOKEN, CountingAsker, type SampleRequest } from '../ask/counting-asker.js';
import { Questions } from '../ask/questions.js';
import { drawSets } from '../auto-evol/draw-sets.js';
import { countQuestions } from '../auto-evol/find-method.js';
import { initialMethod, methodOperation } from '../auto-evol/method.js';
import { DEFAULT_CONCURRENCY } from '../llm/fleet/options.js';
import { ANSWER_TOKENS, ASSUMPTIONS, GROWTH_TOKENS } from './assumptions.js';
import { chainsOf } from './chains.js';
import { planEvolution } from './evolution-plan.js';
import { settleEvolveOptions, type EvolveOptions, type EvolveSettings } from './evolve-options.js';
import { evolveSeed } from './evolve-seed.js';
import { constantSchedule } from './schedule.js';
import { methodSearches, variants } from './find-methods.js';

/** What tokens cost, for a million of them. */
export interface TokenPrice {
  readonly input: number;
  readonly output: number;
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

const TOKENS_PER_SECOND = 40;

const ASSUMPTIONS_TEXT =
  `${CHARACTERS_PER_TOKEN} characters to a token, an instruction grows by ${GROWTH_TOKENS} tokens a round, a response has ` +
  `${ANSWER_TOKENS}, a request is answered at ${TOKENS_PER_SECOND} tokens/s, and nothing is eliminated`;

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
  const { rows, signal } = settings;
  throwIfAborted(signal);
  if (rows === undefined) return await count(settings, price);
  const folder = await mkdtemp(join(tmpdir(), 'evosift-dry-run-'));
  try {
    await using input = await KeptInput.ofRows(rows, folder, { force: false, signal });
    return await count({ ...settings, data: [input.path] }, price);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function checkPrice({ input, output }: TokenPrice): void {
  if ([input, output].every((price) => Number.isFinite(price) && price >= 0)) return;
  throw new EvosiftError('bad_argument', 'dryRun: the price must be {input, output}, two numbers of at least 0', {
    option: 'price',
  });
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

function report(asker: CountingAsker, settings: EvolveSettings, price: TokenPrice | null): DryRun {
  const { requests, samples, tokens } = asker;
  const countOf = (isCounted: (operation: string) => boolean): number =>
    [...requests].reduce((sum, [operation, times]) => sum + (isCounted(operation) ? times : 0), 0);
  const total = countOf(() => true);
  const respond = countOf((operation) => operation === 'respond');
  const optimise = countOf((operation) => OPTIMISING.includes(operation));
  const { prompt, completion } = tokens;
  return {
    requests: { evolve: total - respond - optimise, respond, optimise, total },
    tokens,
    seconds: secondsOf(settings, total, prompt, completion),
    cost: price === null ? null : (prompt * price.input + completion * price.output) / 1e6,
    samples,
    assumptions: ASSUMPTIONS_TEXT,
  };
}

/** The slowest of what holds requests back: their own time, and the limits a minute; generators work side by side. */
function secondsOf(
  { concurrency = DEFAULT_CONCURRENCY, rpm = Infinity, tpm = Infinity, generators }: EvolveSettings,
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
