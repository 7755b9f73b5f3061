import type { AskContext } from '../ask/ask-prompt.js';
import type { Questions } from '../ask/questions.js';
import { respondTo, type Responder } from '../ask/respond-to.js';
import type { Variant } from '../ask/variant.js';
import { attemptEvolution, type Attempt, type Evolver } from '../operations/attempt.js';
import type { Scoring } from '../score/scoring-stream.js';
import { attemptLine, survivorLine, type LineageLine, type Origin } from './lineage.js';
import type { Schedule } from './schedule.js';
import type { Survivor } from './survivor.js';

/** How rows go through their rounds with one generator. */
export interface Chain {
  readonly context: AskContext;
  readonly evolver: Evolver;
  /** The evolver's number among the run's generators, from 0. */
  readonly generator: number;
  readonly schedule: Schedule;
  readonly rounds: number;
  /** A breadth operation adds a row in place of changing its own. */
  readonly addsBreadth: boolean;
  /** Tries after an elimination. */
  readonly retries: number;
  /** Surviving candidates that a row's round chooses from, by IC-IFD. */
  readonly bestOf: number;
  /** Null where nothing is answered. */
  readonly responder: Responder | null;
  /** Null where nothing is scored. */
  readonly scoring: Scoring | null;
  /** Where what is asked is counted. */
  readonly questions: Questions;
}

/** A row on its way through the rounds. */
export interface ChainRow {
  /** Position among the chain's rows, from 0: there are several only where breadth adds. */
  readonly number: number;
  /** What the schedule goes by. */
  readonly index: number;
  readonly variant: Variant;
  /** Instructions made of this variant so far. */
  readonly children: readonly string[];
}

/** What a round made of a row. */
export interface RowRound {
  readonly lines: readonly LineageLine[];
  /** Null where nothing came through. */
  readonly survivor: Survivor | null;
  /** What came through is another task, made by an operation of breadth. */
  readonly breadth: boolean;
}

interface Candidate {
  readonly origin: Origin;
  readonly attempts: readonly Attempt[];
}

/**
 * Takes a row through one round: candidates are made one after another, so that each can be told from those before it;
 * what came through is answered and scored, and the best IC-IFD is taken (the first one where they are equal).
 *
 * @throws EvosiftError as `Asker.ask` and `Scoring.score`.
 */
export async function evolveRow(chain: Chain, row: ChainRow, round: number): Promise<RowRound> {
  const candidates = await makeCandidates(chain, row, round);
  const survivors = await Promise.all(candidates.map((candidate) => finishCandidate(chain, candidate)));
  const best = survivors.reduce<Survivor | null>((before, survivor) => {
    if (survivor === null || (before !== null && icIfd(survivor) <= icIfd(before))) return before;
    return survivor;
  }, null);
  const lines = candidates.flatMap(({ origin, attempts }, number) => {
    const survivor = survivors[number] ?? null;
    return attempts.map((attempt) => {
      if (attempt.status !== 'survived') return attemptLine(origin, attempt);
      if (survivor === null) throw new TypeError('of an attempt that survived there is a survivor');
      return survivorLine(origin, attempt.number, survivor, survivor === best ? 'survived' : 'outdone');
    });
  });
  const breadth = best !== null && survivingAttempt(candidates[survivors.indexOf(best)])?.operation.breadth === true;
  return { lines, survivor: best, breadth };
}

const icIfd = ({ scores }: Survivor): number => scores?.icIfd ?? -Infinity;

const survivingAttempt = (candidate: Candidate | undefined): (Attempt & { readonly status: 'survived' }) | null => {
  const last = candidate?.attempts.at(-1);
  return last?.status === 'survived' ? last : null;
};

async function makeCandidates(chain: Chain, row: ChainRow, round: number): Promise<Candidate[]> {
  const { evolver, generator, bestOf } = chain;
  const parent = row.variant;
  const asked = new Map<string, number>();
  const candidates: Candidate[] = [];
  for (let number = 0; number < bestOf; number++) {
    // Rows of one chain must not share an id.
    const sample = row.number * bestOf + number;
    const id = `${parent.seed}.${generator}.${round}.${sample}`;
    const origin = { id, parent, round, generator: evolver.plan.name, sample };
    const siblings = candidates.flatMap((candidate) => survivingAttempt(candidate)?.instruction ?? []);
    const attempts = await makeCandidate(chain, row, origin, [...row.children, ...siblings], asked);
    candidates.push({ origin, attempts });
  }
  return candidates;
}

/**
 * Tries until something comes through; a request that failed is not replaced by another.
 *
 * @param asked How often each operation was asked for in this round of the row; is kept up.
 */
async function makeCandidate(
  { context, evolver, schedule, retries }: Chain,
  row: ChainRow,
  { id, parent, round, sample }: Origin,
  siblings: readonly string[],
  asked: Map<string, number>,
): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (let number = 0; number <= retries; number++) {
    const operation = schedule.operationFor(row.index, round, number);
    const draw = asked.get(operation.name) ?? 0;
    asked.set(operation.name, draw + 1);
    const request = { stage: 'evolve', item: id, parent, operation, sample, number, draw, siblings };
    const attempt = await attemptEvolution(context, evolver, request);
    attempts.push(attempt);
    if (attempt.status !== 'eliminated') break;
  }
  return attempts;
}

/** Answers and scores what came through; null where nothing did. */
async function finishCandidate(chain: Chain, candidate: Candidate): Promise<Survivor | null> {
  const { context, evolver, responder, scoring } = chain;
  const attempt = survivingAttempt(candidate);
  if (attempt === null) return null;
  const { id, parent, round } = candidate.origin;
  const { seed, input } = parent;
  const { instruction, operation } = attempt;
  const { response, reasoning, reason } =
    responder === null
      ? { response: null, reasoning: null, reason: null }
      : await respondTo(context, responder, { id, instruction, input });
  const variant: Variant = { id, seed, parent: parent.id, round, instruction, input, response, reasoning };
  return {
    variant,
    op: operation.name,
    generator: evolver.plan.name,
    responseReason: reason,
    scores: scoring === null ? null : await scoring.score(variant),
  };
}
