import type { SeedSource } from '../../ask/seeds.js';
import type { Verifier } from '../../verify/verifier.js';
import { firstQuestion } from './first-question.js';
import type { QueryLine } from '../lines.js';
import type { AutoifSettings } from '../settle-options.js';
import { QueryPool, type Query } from './query-pool.js';
import type { Ledger } from '../stage-sink.js';

/** A query, and the constraint that it was dealt to. */
export interface DealtQuery {
  readonly verifier: Verifier;
  readonly query: Query;
}

/** Reads the queries and deals them to the verifiers. */
export async function dealQueries(
  settings: AutoifSettings,
  queries: SeedSource,
  verifiers: readonly Verifier[],
  { funnel, sink }: Ledger,
): Promise<readonly DealtQuery[]> {
  const { queriesPerConstraint, queryMin: minCharacters, queryMax: maxCharacters, seed = 0 } = settings;
  const capacity = Math.max(1, verifiers.length * queriesPerConstraint);
  const pool = new QueryPool({ capacity, minCharacters, maxCharacters, seed });
  for await (const { seed: row, example } of queries) {
    const unread = row.ok ? 'empty_instruction' : row.reason;
    const reason = example === null ? unread : pool.add(firstQuestion(example), row.index);
    funnel.add('queries', reason);
    if (reason !== null)
      await sink.write('queries', { index: row.index, status: 'dropped', reason } satisfies QueryLine);
  }
  await sink.finish('queries');
  return pool
    .deal(verifiers, queriesPerConstraint)
    .flatMap(({ constraint: verifier, queries: dealt }) => dealt.map((query) => ({ verifier, query })));
}
