import { windowOf } from '../ask/open-fleet.js';
import type { SeedSource } from '../ask/seeds.js';
import type { EvosiftError } from '../base/errors.js';
import type { Verifier } from '../verify/verifier.js';
import { answerPair } from './answers/answer-pair.js';
import { dealQueries } from './pairs/deal-queries.js';
import { FunnelCounts, type Funnel } from './funnel.js';
import type { ResponseLine } from './lines.js';
import { makeRows } from './rows/make-rows.js';
import { pairUp } from './pairs/pair-up.js';
import { workInOrder } from '../ask/work-in-order.js';
import type { Pipeline } from './pipeline.js';
import { planQuestions } from './plan-questions.js';
import type { RecordedResponses } from './answers/recorded-responses.js';
import { seekVerifiers } from './verifiers/seek-verifiers.js';
import type { StageSink } from './stage-sink.js';
import { takeVerifiers } from './verifiers/take-verifiers.js';

/** What goes in. */
export interface PipelineInput {
  /** The constraints to begin with, or those that have their functions already. */
  readonly constraints:
    | { readonly kind: 'seeds'; readonly seeds: readonly string[] }
    | { readonly kind: 'verifiers'; readonly verifiers: readonly Verifier[] };
  readonly queries: SeedSource;
  /** Null: answers are asked for. */
  readonly recorded: RecordedResponses | null;
}

/** What came of it. */
export interface PipelineResult {
  readonly funnel: Funnel;
  readonly rows: { readonly sft: number; readonly dpo: number };
  /** What ended it before its end; null where nothing did. */
  readonly stopped: EvosiftError | null;
}

/**
 * Takes constraints through all stages to rows, in an order that depends on nothing but the options and the answers: each
 * line is written as soon as it and those before it are known.
 *
 * @throws EvosiftError as `Asker.ask` (but for stops, which are returned), `Sandbox.run` and what the sink throws.
 */
export async function runPipeline(pipeline: Pipeline, input: PipelineInput, sink: StageSink): Promise<PipelineResult> {
  const funnel = new FunnelCounts();
  const ledger = { funnel, sink };
  const rows = { sft: 0, dpo: 0 };
  const { constraints, queries, recorded } = input;
  const plan = planQuestions(pipeline, constraints, recorded !== null);
  const found =
    constraints.kind === 'verifiers'
      ? await takeVerifiers(pipeline, constraints.verifiers, ledger)
      : await seekVerifiers(pipeline, constraints.seeds, plan, ledger);
  const result = (stopped: EvosiftError | null): PipelineResult => ({ funnel: funnel.values, rows, stopped });
  if (found.stopped !== null) return result(found.stopped);

  const { verifiers } = found;
  const dealt = await dealQueries(pipeline.settings, queries, verifiers, ledger);
  plan.pairsAre(dealt.length);
  const stopped = await workInOrder(
    dealt,
    windowOf(pipeline.settings),
    async ({ verifier, query }) => {
      const pair = await pairUp(pipeline, verifier, query, verifiers);
      return { pair, responses: await answerPair(pipeline, pair, recorded) };
    },
    async ({ pair, responses }) => {
      funnel.add('pairs', null);
      await sink.write('pairs', pair.line);
      const made = makeRows(pair, responses, pipeline.settings, funnel);
      for (const line of responses) {
        countResponse(funnel, line);
        await sink.write(
          'responses',
          made.outdone.has(line) ? { ...line, status: 'dropped', reason: 'outdone' } : line,
        );
      }
      for (const row of made.sft) await sink.write('sft', row);
      for (const row of made.dpo) await sink.write('dpo', row);
      rows.sft += made.sft.length;
      rows.dpo += made.dpo.length;
    },
  );
  return result(stopped);
}

/** At the stage that an answer came to. */
function countResponse(funnel: FunnelCounts, { reason, accuracy, grade }: ResponseLine): void {
  funnel.add('responses', accuracy === null ? reason : null);
  if (accuracy === null) return;
  funnel.add('verification', reason === 'unverified' ? reason : null);
  if (reason !== 'unverified' && (grade !== null || reason !== null)) funnel.add('quality', reason);
}
