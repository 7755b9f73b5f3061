import { EvosiftError } from '../../base/errors.js';
import { brokenFunctions } from '../../verify/broken-functions.js';
import type { Verifier } from '../../verify/verifier.js';
import type { FunctionLine, VerifierLine } from '../lines.js';
import type { Pipeline } from '../pipeline.js';
import type { FoundVerifiers } from './seek-verifiers.js';
import type { Ledger } from '../stage-sink.js';

/**
 * Takes constraints that have their functions, without those that can't check anything.
 *
 * @throws EvosiftError `bad_data` where none is left; as `Sandbox.run`.
 */
export async function takeVerifiers(
  { sandbox, settings }: Pipeline,
  given: readonly Verifier[],
  { funnel, sink }: Ledger,
): Promise<FoundVerifiers> {
  const broken = await brokenFunctions(sandbox, given);
  const verifiers: Verifier[] = [];
  for (const verifier of given) {
    funnel.add('constraints', null);
    const functions = verifier.functions.filter(({ id }) => !broken.has(id));
    for (const line of takenFunctions(verifier, broken)) {
      funnel.add('functions', line.reason);
      await sink.write('functions', line);
    }
    await sink.write('verifiers', takenVerifier({ ...verifier, functions }));
    if (functions.length > 0) verifiers.push({ ...verifier, functions });
  }
  const [first] = broken.values();
  if (first !== undefined) {
    const what = `${broken.size} of its functions can't be used (${first})`;
    if (verifiers.length === 0) throw new EvosiftError('bad_data', `${settings.verifiers}: ${what}, and none is left`);
    settings.logger?.warn({}, `${settings.verifiers}: ${what}; see functions.jsonl.`);
  }
  await sink.finish('constraints', 'functions', 'verifiers');
  return { verifiers, stopped: null };
}

/** A constraint with the functions that are left of those that were there, as `verifiers.jsonl` has it. */
function takenVerifier(verifier: Verifier): VerifierLine {
  const line = { ...verifier, cases: [], dropped_cases: 0, detail: null, back_translations: [] };
  if (verifier.functions.length > 0) return { ...line, status: 'kept', stage: null, reason: null };
  return { ...line, status: 'dropped', stage: 'functions', reason: 'no_functions' };
}

/** The functions that were there, as `functions.jsonl` has them. @param broken What is wrong with some, by their ids. */
const takenFunctions = (
  { id: constraint, functions }: Verifier,
  broken: ReadonlyMap<string, string>,
): readonly FunctionLine[] =>
  functions.map(({ id, code, accuracy }, sample) => {
    const line = { constraint, sample, id, code, cases: [], dropped_cases: {}, accuracy };
    const detail = broken.get(id) ?? null;
    if (detail === null) return { ...line, status: 'kept', reason: null, detail };
    return { ...line, status: 'dropped', reason: 'broken', detail };
  });
