import type { Sandbox, Verdict, VerdictKind } from '../sandbox/verdict.js';
import type { Verifier } from './verifier.js';

/** What a response's functions said. */
export interface Checked {
  /** By the id of each function. */
  readonly functions: Readonly<Record<string, VerdictKind>>;
  /** Of the functions that said neither true nor false: the exception, the missing module, why they were killed. */
  readonly errors: Readonly<Record<string, string>>;
  /** The share of a constraint's functions that say true, from 0 to 1; of several constraints the least share. */
  readonly accuracy: number;
}

/** A response, and what it is held to: one verifier at least. */
export interface Check {
  readonly verifiers: readonly Verifier[];
  readonly response: string;
}

/**
 * Responses that a function is run on in one process: what it does to its own state, or a loop without an end, which has
 * the cases after it given up, concerns no more of them.
 */
const RESPONSES_PER_JOB = 16;

/**
 * Holds every response to all of the verifiers (one at least).
 *
 * @throws EvosiftError as `Sandbox.run`.
 */
export const checkResponses = (
  sandbox: Sandbox,
  verifiers: readonly Verifier[],
  responses: readonly string[],
): Promise<readonly Checked[]> =>
  checkEach(
    sandbox,
    responses.map((response) => ({ verifiers, response })),
  );

/**
 * Holds each response to verifiers of its own. A function runs on all the responses that it concerns, in one process for
 * some of them at a time.
 *
 * @param onVerdict Told every verdict.
 * @throws EvosiftError as `Sandbox.run`.
 */
export async function checkEach(
  sandbox: Sandbox,
  checks: readonly Check[],
  onVerdict: (verdict: Verdict) => void = () => {},
): Promise<readonly Checked[]> {
  const found = checks.map(() => new Map<string, Verdict>());
  const jobs = jobsOf(checks).map(async ({ id, code, places }) => {
    const inputs = places.map((place) => checks[place]?.response ?? '');
    const verdicts = await sandbox.run({ code, inputs });
    for (const [position, verdict] of verdicts.entries()) {
      found[places[position] ?? 0]?.set(id, verdict);
      onVerdict(verdict);
    }
  });
  await Promise.all(jobs);
  return checks.map(({ verifiers }, place) => checkedOf(verifiers, found[place] ?? new Map()));
}

interface FunctionJob {
  readonly id: string;
  readonly code: string;
  /** The positions of the responses. */
  readonly places: number[];
}

function jobsOf(checks: readonly Check[]): readonly FunctionJob[] {
  const jobs = new Map<string, FunctionJob>();
  const full: FunctionJob[] = [];
  for (const [place, { verifiers }] of checks.entries()) {
    const functions = new Map(verifiers.flatMap(({ functions: own }) => own).map((one) => [one.id, one]));
    for (const { id, code } of functions.values()) {
      const job = jobs.get(id) ?? { id, code, places: [] };
      jobs.set(id, job);
      job.places.push(place);
      if (job.places.length < RESPONSES_PER_JOB) continue;
      full.push(job);
      jobs.delete(id);
    }
  }
  return [...full, ...jobs.values()];
}

function checkedOf(verifiers: readonly Verifier[], verdicts: ReadonlyMap<string, Verdict>): Checked {
  const ids = new Set(verifiers.flatMap(({ functions }) => functions.map(({ id }) => id)));
  const functions = Object.fromEntries([...ids].map((id) => [id, verdicts.get(id)?.verdict ?? 'killed'] as const));
  const told = [...verdicts].flatMap(([id, { detail }]) => (detail === null ? [] : [[id, detail] as const]));
  return {
    functions,
    errors: Object.fromEntries(told),
    accuracy: Math.min(...verifiers.map((verifier) => shareOfTrue(verifier, functions))),
  };
}

function shareOfTrue({ functions }: Verifier, verdicts: Checked['functions']): number {
  const ids = [...new Set(functions.map(({ id }) => id))];
  return ids.length === 0 ? 0 : ids.filter((id) => verdicts[id] === 'true').length / ids.length;
}
