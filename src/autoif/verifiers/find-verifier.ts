import { functionId, type CheckFunction } from '../../verify/verifier.js';
import { backTranslate } from './back-translate.js';
import { crossValidate, distinctCandidates, type CrossValidation } from './cross-validate.js';
import type { Constraint } from '../constraints/gather-constraints.js';
import type { BackTranslation, FunctionLine, VerifierLine } from '../lines.js';
import type { Pipeline } from '../pipeline.js';
import { sampleFunctions } from './sample-functions.js';

/** What came of a constraint: its samples, and what is left of them. */
export interface FoundVerifier {
  readonly functions: readonly FunctionLine[];
  readonly verifier: VerifierLine;
}

/**
 * Finds the functions that check a constraint: samples them with test cases, keeps those that agree with each other, and
 * has some put back into words, which must not contradict the constraint.
 *
 * @throws EvosiftError as `Asker.ask` and `Sandbox.run`.
 */
export async function findVerifier(pipeline: Pipeline, constraint: Constraint): Promise<FoundVerifier> {
  const sampled = await sampleFunctions(pipeline, constraint);
  const compared = await compare(pipeline, sampled);
  const { cases, reason } = compared;
  const found = {
    ...constraint,
    functions: compared.functions.flatMap(({ code, accuracy, kept }): readonly CheckFunction[] =>
      kept ? [{ id: functionId(code), code, accuracy }] : [],
    ),
    cases: cases.flatMap(({ input, output, kept }) => (kept ? [{ input, output }] : [])),
    dropped_cases: cases.filter(({ kept }) => !kept).length,
  };
  const functions = fatesOf(sampled, compared);
  if (reason !== null) return { functions, verifier: dropped(found, 'cross_validation', reason, []) };
  const back = await backTranslate(pipeline, constraint, found.functions);
  return { functions, verifier: verdictOf(found, back, pipeline) };
}

type Found = Pick<VerifierLine, 'id' | 'constraint' | 'functions' | 'cases' | 'dropped_cases'>;

const dropped = (
  found: Found,
  stage: VerifierLine['stage'],
  reason: string,
  back: readonly BackTranslation[],
): VerifierLine => ({ ...found, status: 'dropped', stage, reason, detail: null, back_translations: back });

/** Runs every function on every case. */
async function compare({ sandbox, settings }: Pipeline, sampled: readonly FunctionLine[]): Promise<CrossValidation> {
  const candidates = distinctCandidates({
    functions: sampled.flatMap(({ code }) => (code === null ? [] : [code])),
    cases: sampled.flatMap(({ cases }) => cases),
  });
  const inputs = candidates.cases.map(({ input }) => input);
  const verdicts = await Promise.all(candidates.functions.map((code) => sandbox.run({ code, inputs })));
  return crossValidate(candidates, verdicts, settings.agreement);
}

/** The samples, with what came of their functions; of equal functions the first stands for all. */
function fatesOf(sampled: readonly FunctionLine[], { functions }: CrossValidation): readonly FunctionLine[] {
  const byCode = new Map(functions.map((one) => [one.code, one] as const));
  return sampled.map((line): FunctionLine => {
    if (line.code === null) return line;
    const found = byCode.get(line.code);
    if (found === undefined) return { ...line, status: 'dropped', reason: 'duplicate' };
    byCode.delete(line.code);
    const { accuracy, kept } = found;
    return kept || line.status !== 'kept'
      ? { ...line, accuracy }
      : { ...line, accuracy, status: 'dropped', reason: 'inaccurate' };
  });
}

function verdictOf(found: Found, back: readonly BackTranslation[], { settings }: Pipeline): VerifierLine {
  const { contradictions } = settings;
  const kept: VerifierLine = {
    ...found,
    status: 'kept',
    stage: null,
    reason: null,
    detail: null,
    back_translations: back,
  };
  if (back.length === 0) return kept;
  const translated = back.filter(({ text }) => text !== null);
  if (translated.length === 0) return dropped(found, 'back_translation', 'not_back_translated', back);
  if (contradictions === 'off') return kept;
  const judged = translated.filter(({ label }) => label !== null);
  if (judged.length === 0) return dropped(found, 'contradiction', 'unjudged', back);
  const against = judged.filter(({ label }) => label === 'contradiction').length;
  const isContradicted = contradictions === 'any' ? against > 0 : against * 2 > judged.length;
  return isContradicted ? dropped(found, 'contradiction', 'contradiction', back) : kept;
}
