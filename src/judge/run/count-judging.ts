import { CountingAsker, type AssumedAnswer, type Assumptions } from '../../ask/counting-asker.js';
import { checkPrice, estimate, type Estimate, type TokenPrice } from '../../ask/estimate.js';
import { withKeptRows } from '../../ask/with-kept-rows.js';
import { throwIfAborted } from '../../async/abort.js';
import type { VerdictFinding } from '../answers/find-verdict.js';
import type { Difficulty } from '../answers/difficulty.js';
import type { Preference } from '../answers/preference.js';
import type { Measure } from './ask-judge.js';
import { planJudging, type OpenTask } from './judge-plan.js';
import { NonsenseBreaker } from './nonsense-breaker.js';
import type { JudgeSettings } from './options.js';

/** What a judging would send, estimated. */
export interface JudgingDryRun extends Omit<Estimate, 'total'> {
  readonly requests: { readonly total: number };
}

/** A reason in a sentence or two, and the verdict. */
const VERDICT_TOKENS = 50;

const found =
  <Value>(value: Value) =>
  (): AssumedAnswer<VerdictFinding<Value>> => ({
    finding: { value, failed: null },
    tokens: VERDICT_TOKENS,
  });

const ASSUMPTIONS = {
  difficulty: found<Difficulty>('medium'),
  score: found(50),
  pairwise: found<Preference>('tie'),
  keywords: found('add constraints'),
} satisfies Assumptions & Record<Measure, unknown>;

/**
 * Renders the first prompt, and counts what `runJudging` with the same options would send: the very judging, answered by
 * rule. Sends nothing and leaves nothing behind.
 *
 * @throws EvosiftError `bad_argument`, `bad_data`, `bad_config`.
 */
export async function countJudging<Settings extends JudgeSettings, Item, Result, Summary extends object>(
  settings: Settings,
  open: OpenTask<Settings, Item, Result, Summary>,
  price: TokenPrice | null,
): Promise<JudgingDryRun> {
  if (price !== null) checkPrice(price);
  throwIfAborted(settings.signal);
  return await withKeptRows(settings, async (kept) => {
    const { task, context } = await planJudging(kept, open);
    const asker = new CountingAsker(ASSUMPTIONS);
    const breaker = new NonsenseBreaker(Infinity, () => {});
    const judge = { context: { ...context, asker }, plan: settings.generator, retries: 0, breaker };
    for await (const item of task.items()) await task.judge(judge, item);
    const assumed = [`a verdict and its reason have ${VERDICT_TOKENS}`];
    const { total, ...estimated } = estimate(asker, { price, limits: settings, generators: 1, assumed });
    return { requests: { total }, ...estimated };
  });
}
