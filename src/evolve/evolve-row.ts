import { attemptEvolution, type Attempt, type Evolver } from '../operations/attempt.js';
import { attemptLine, versionLine, type Place } from './lineage.js';
import { respondTo, type Responder } from '../ask/respond-to.js';
import type { Questions } from '../ask/questions.js';
import type { Scoring } from './scoring.js';
import type { LineageLine, Schedule, Variant } from './variant.js';
import type { Version } from './version.js';

/** What takes rows through their rounds. */
export interface ChainParts {
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
  readonly version: Version | null;
  /** What came through is another task, made by an operation of breadth. */
  readonly breadth: boolean;
}

interface Candidate {
  readonly place: Place;
  readonly attempts: readonly Attempt[];
}

/**
 * Takes a row through one round: candidates are made one after another, so that each can be told from those before it;
 * what came through is answered and scored, and the best IC-IFD is taken (the first one where they are equal).
 *
 * @throws EvosiftError as `Asker.ask` and `Scoring.score`.
 */
export async function evolveRow(parts: ChainParts, row: ChainRow, round: number): Promise<RowRound> {
  const candidates = await makeCandidates(parts, row, round);
  const versions = await Promise.all(candidates.map((candidate) => finishCandidate(parts, candidate)));
  const best = versions.reduce<Version | null>((before, version) => {
    if (version === null || (before !== null && icIfd(version) <= icIfd(before))) return before;
    return version;
  }, null);
  const lines = candidates.flatMap(({ place, attempts }, number) => {
    const version = versions[number] ?? null;
    return attempts.map((attempt) => {
      if (attempt.status !== 'survived') return attemptLine(place, attempt);
      if (version === null) throw new TypeError('a surviving attempt makes a version');
      return versionLine(place, attempt.number, version, version === best ? 'survived' : 'outdone');
    });
  });
  const breadth = best !== null && survivor(candidates[versions.indexOf(best)])?.operation.breadth === true;
  return { lines, version: best, breadth };
}

const icIfd = ({ scores }: Version): number => scores?.icIfd ?? -Infinity;

const survivor = (candidate: Candidate | undefined): (Attempt & { readonly status: 'survived' }) | null => {
  const last = candidate?.attempts.at(-1);
  return last?.status === 'survived' ? last : null;
};

async function makeCandidates(parts: ChainParts, row: ChainRow, round: number): Promise<Candidate[]> {
  const { evolver, generator, bestOf } = parts;
  const parent = row.variant;
  const asked = new Map<string, number>();
  const candidates: Candidate[] = [];
  for (let number = 0; number < bestOf; number++) {
    // Rows of one chain must not share an id.
    const sample = row.number * bestOf + number;
    const id = `${parent.seed}.${generator}.${round}.${sample}`;
    const place = { id, parent, round, generator: evolver.plan.name, sample };
    const siblings = candidates.flatMap((candidate) => survivor(candidate)?.instruction ?? []);
    candidates.push({ place, attempts: await makeCandidate(parts, row, place, [...row.children, ...siblings], asked) });
  }
  return candidates;
}

/**
 * Tries until something comes through; a request that failed is not replaced by another.
 *
 * @param asked How often each operation was asked for in this round of the row; is kept up.
 */
async function makeCandidate(
  { evolver, schedule, retries }: ChainParts,
  row: ChainRow,
  { id, parent, round, sample }: Place,
  siblings: readonly string[],
  asked: Map<string, number>,
): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (let number = 0; number <= retries; number++) {
    const operation = schedule.operationFor(row.index, round, number);
    const draw = asked.get(operation.name) ?? 0;
    asked.set(operation.name, draw + 1);
    const request = { item: id, parent, operation, sample, number, draw, siblings };
    const attempt = await attemptEvolution(evolver, request);
    attempts.push(attempt);
    if (attempt.status !== 'eliminated') break;
  }
  return attempts;
}

/** Answers and scores what came through; null where nothing did. */
async function finishCandidate(parts: ChainParts, candidate: Candidate): Promise<Version | null> {
  const { evolver, responder, scoring } = parts;
  const attempt = survivor(candidate);
  if (attempt === null) return null;
  const { id, parent, round } = candidate.place;
  const { seed, input } = parent;
  const { instruction, operation } = attempt;
  const { response, reason } =
    responder === null ? { response: null, reason: null } : await respondTo(responder, { id, instruction, input });
  const variant: Variant = { id, seed, parent: parent.id, round, instruction, input, response };
  return {
    variant,
    op: operation.name,
    generator: evolver.plan.name,
    responseReason: reason,
    scores: scoring === null ? null : await scoring.score(variant),
  };
}
