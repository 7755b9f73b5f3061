import { askPrompt } from '../../ask/ask-prompt.js';
import { examination } from '../../ask/examination.js';
import type { Answered } from '../../llm/question.js';
import { functionId } from '../../verify/verifier.js';
import type { examineVerifier, VerifierFinding } from './examine-verifier.js';
import type { Constraint } from '../constraints/gather-constraints.js';
import type { FunctionLine } from '../lines.js';
import { sharing, writerOf, type Pipeline } from '../pipeline.js';
import { WRITE_VERIFIER } from '../prompts.js';

/** A constraint's samples, as `functions.jsonl` has them before any is run. */
export async function sampleFunctions(pipeline: Pipeline, constraint: Constraint): Promise<readonly FunctionLine[]> {
  const { samples } = pipeline.settings;
  using part = sharing(pipeline, 'write', samples);
  const answers = await Promise.all(
    Array.from({ length: samples }, (_, sample) => askForFunction(part, constraint, sample)),
  );
  return answers.map((answered, sample) => lineOf(constraint.id, sample, answered));
}

const askForFunction = (
  { context, settings }: Pipeline,
  { id, constraint }: Constraint,
  sample: number,
): Promise<Answered<VerifierFinding>> =>
  askPrompt(context, {
    plan: writerOf(settings),
    prompt: WRITE_VERIFIER,
    variables: { constraint },
    key: { stage: 'write', item: id, operation: 'write', sample, attempt: 0 },
    draw: sample,
    examination: () => examination<typeof examineVerifier>('verifier', { constraint }),
  });

function lineOf(constraint: string, sample: number, answered: Answered<VerifierFinding>): FunctionLine {
  const none = { constraint, sample, id: null, code: null, cases: [], dropped_cases: {}, accuracy: null };
  if (!answered.ok) return { ...none, status: 'failed', reason: answered.kind, detail: answered.detail };
  const { finding } = answered;
  const { code, cases, droppedCases, failed, detail } = finding;
  const id = code === null ? null : functionId(code);
  const found = { ...none, id, code, cases, dropped_cases: droppedCases };
  if (failed === null) return { ...found, status: 'kept', reason: null, detail: null };
  return { ...found, status: 'dropped', reason: failed, detail: detail || null };
}
