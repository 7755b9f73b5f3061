import { windowOf } from '../../ask/open-fleet.js';
import type { EvosiftError } from '../../base/errors.js';
import type { Verifier } from '../../verify/verifier.js';
import { findVerifier, type FoundVerifier } from './find-verifier.js';
import type { FunnelCounts } from '../funnel.js';
import { gatherConstraints } from '../constraints/gather-constraints.js';
import { workInOrder } from '../../ask/work-in-order.js';
import type { Pipeline } from '../pipeline.js';
import type { QuestionPlan } from '../plan-questions.js';
import type { Ledger } from '../stage-sink.js';

/** Verified constraints, and what ended the search for them; null where nothing did. */
export interface FoundVerifiers {
  readonly verifiers: readonly Verifier[];
  readonly stopped: EvosiftError | null;
}

/** Stages 1 to 5: constraints, their functions and cases, and what is left of them. */
export async function seekVerifiers(
  pipeline: Pipeline,
  seeds: readonly string[],
  plan: QuestionPlan,
  { funnel, sink }: Ledger,
): Promise<FoundVerifiers> {
  const verifiers: Verifier[] = [];
  const gathered = await gatherConstraints(pipeline, seeds, async (line) => {
    funnel.add('constraints', line.reason);
    await sink.write('constraints', line);
  });
  if (gathered.stopped !== null) return { verifiers, stopped: gathered.stopped };
  await sink.finish('constraints');
  plan.constraintsAre(gathered.constraints.length);
  const stopped = await workInOrder(
    gathered.constraints,
    windowOf(pipeline.settings),
    (constraint) => findVerifier(pipeline, constraint),
    async (found) => {
      countFound(funnel, found);
      for (const line of found.functions) await sink.write('functions', line);
      await sink.write('verifiers', found.verifier);
      if (found.verifier.status === 'kept') verifiers.push(found.verifier);
    },
  );
  if (stopped === null) await sink.finish('functions', 'verifiers');
  return { verifiers, stopped };
}

function countFound(funnel: FunnelCounts, { functions, verifier }: FoundVerifier): void {
  for (const { reason, dropped_cases: unusable } of functions) {
    funnel.add('functions', reason);
    for (const [why, times] of Object.entries(unusable)) funnel.add('cases', why, times);
  }
  funnel.add('cases', null, verifier.cases.length);
  funnel.add('cases', 'no_agreement', verifier.dropped_cases);
  const { stage, reason } = verifier;
  const stages = ['cross_validation', 'back_translation', 'contradiction'] as const;
  for (const one of stages) {
    if (one !== 'cross_validation' && verifier.back_translations.length === 0) return;
    funnel.add(one, stage === one ? reason : null);
    if (stage === one) return;
  }
}
