import { shuffled } from '../../base/shuffled.js';
import type { Verifier } from '../../verify/verifier.js';
import type { PairLine } from '../lines.js';
import { sharing, type Pipeline } from '../pipeline.js';
import type { Query } from './query-pool.js';
import { joined } from '../rows/row-shapes.js';

/** A query, and what its answer is held to. */
export interface Pair {
  readonly line: PairLine;
  readonly verifiers: readonly Verifier[];
}

/** Constraints that are drawn for a query, at most, for each that it is to have. */
const DRAWS = 5;

/**
 * Gives a query its constraints: the one that it was dealt to and, where each is to have several, others by chance that
 * contradict none of those before them. Where too few of those can be found it has fewer.
 *
 * @throws EvosiftError as `Asker.ask`.
 */
export async function pairUp(
  pipeline: Pipeline,
  first: Verifier,
  query: Query,
  all: readonly Verifier[],
): Promise<Pair> {
  const { constraintsPerQuery, seed = 0 } = pipeline.settings;
  const verifiers = [first];
  const avoided: string[] = [];
  if (constraintsPerQuery > 1) {
    const others = all.filter((one) => one !== first);
    const drawn = shuffled(others, [seed, first.id, query.index], ({ id }) => id);
    for (const one of drawn.slice(0, (constraintsPerQuery - 1) * DRAWS)) {
      if (verifiers.length === constraintsPerQuery) break;
      if (await contradictsAny(pipeline, one, verifiers)) avoided.push(one.id);
      else verifiers.push(one);
    }
  }
  const { text, index } = query;
  const constraints = verifiers.map(({ id }) => id);
  const instruction = joined({ query: text, constraints: verifiers.map(({ constraint }) => constraint) });
  const id = `${constraints.join('+')}.${index}`;
  return { line: { id, constraints, query_index: index, query: text, instruction, avoided }, verifiers };
}

/** Whether it contradicts one of these; what nobody can say of it counts as a contradiction. */
async function contradictsAny(pipeline: Pipeline, one: Verifier, others: readonly Verifier[]): Promise<boolean> {
  using part = sharing(pipeline, 'contradict', 0);
  for (const other of others) {
    // The same two are the same question, whoever comes first.
    const [premise, hypothesis] = one.id < other.id ? [one, other] : [other, one];
    const item = `${premise.id}+${hypothesis.id}`;
    const statements = { item, premise: premise.constraint, hypothesis: hypothesis.constraint };
    const { label } = await pipeline.contradictions.judge(part.context, statements);
    if (label === null || label === 'contradiction') return true;
  }
  return false;
}
