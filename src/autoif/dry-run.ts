import { CountingAsker, textOfTokens, type Assumptions } from '../ask/counting-asker.js';
import { checkPrice, estimate, type Estimate, type TokenPrice } from '../ask/estimate.js';
import { Questions } from '../ask/questions.js';
import { withKeptRows } from '../ask/with-kept-rows.js';
import type { ResponseFinding } from '../ask/examine-response.js';
import { throwIfAborted } from '../async/abort.js';
import type { Sandbox } from '../sandbox/index.js';
import { generatorJudge, type ContradictionJudge } from './verifiers/contradiction-judge.js';
import type { BackTranslationFinding } from './verifiers/examine-back-translation.js';
import type { ConstraintsFinding } from './constraints/examine-constraints.js';
import type { GradeFinding } from './answers/examine-grade.js';
import type { JudgementFinding } from './verifiers/examine-judgement.js';
import type { VerifierFinding } from './verifiers/examine-verifier.js';
import type { AutoifOptions } from './options.js';
import { settleAutoifOptions, type AutoifSettings } from './settle-options.js';
import { generatorsOf } from './pipeline.js';
import { planAutoif } from './plan.js';
import { runPipeline } from './run-pipeline.js';
import type { StageSink } from './stage-sink.js';

/** What AutoIF would send, estimated. */
export interface AutoifDryRun extends Omit<Estimate, 'total'> {
  /** By operation, and in all. */
  readonly requests: Readonly<Record<string, number>> & { readonly total: number };
}

const CONSTRAINT_TOKENS = 15;
const FUNCTION_TOKENS = 300;
const ANSWER_TOKENS = 300;
const LABEL_TOKENS = 5;
/** Test cases that a sample is asked for. */
const CASES = 3;

/**
 * Renders the first prompt of each operation, and counts what `autoif` with the same options would send: the very
 * pipeline, answered by rule. Sends nothing, runs nothing and leaves nothing behind.
 *
 * @throws EvosiftError `bad_argument`, `bad_data`, `bad_config`.
 */
export async function autoifDryRun(options: AutoifOptions, price: TokenPrice | null = null): Promise<AutoifDryRun> {
  // Rows want a directory to be kept in, and have none here for longer than this call.
  const settings = settleAutoifOptions(options?.rows === undefined ? options : { out: 'nowhere', ...options });
  if (price !== null) checkPrice(price);
  throwIfAborted(settings.signal);
  return await withKeptRows(settings, (kept) => count(kept, price));
}

async function count(settings: AutoifSettings, price: TokenPrice | null): Promise<AutoifDryRun> {
  const { nli } = settings;
  const { context, input } = await planAutoif(settings, null, nli ?? null);
  const asker = new CountingAsker(assumptions(settings.augmentSize));
  const judge = generatorJudge(settings);
  const contradictions: ContradictionJudge =
    nli === undefined ? judge : { questions: 0, judge: async () => ({ label: 'entailment', reason: null }) };
  const pipeline = {
    settings,
    context: { ...context, asker },
    questions: new Questions(),
    sandbox: AGREEING,
    contradictions,
  };
  await runPipeline(pipeline, input, NOWHERE);
  const generators = Math.max(1, generatorsOf(settings).length);
  const assumed = [
    `a function has ${FUNCTION_TOKENS} tokens`,
    `a response ${ANSWER_TOKENS}`,
    'every constraint that comes is a new one, all functions agree',
  ];
  const { total, ...estimated } = estimate(asker, { price, limits: settings, generators, assumed });
  return { requests: { ...Object.fromEntries(asker.requests), total }, ...estimated };
}

/** Whatever it is asked, the answer is true. */
const AGREEING: Sandbox = {
  run: async ({ inputs }) => inputs.map(() => ({ verdict: 'true', detail: null })),
  close: async () => {},
  [Symbol.asyncDispose]: async () => {},
};

const NOWHERE: StageSink = { write: async () => {}, finish: async () => {} };

/** What is taken for the answers where nobody is asked. @param size Constraints that a request brings. */
function assumptions(size: number): Assumptions {
  // Equal constraints and equal functions count once, and none are to be equal here.
  let made = 0;
  const numbered = (tokens: number): string => textOfTokens(tokens, ++made);
  return {
    constraints: () => ({
      finding: {
        constraints: Array.from({ length: size }, () => numbered(CONSTRAINT_TOKENS)),
        dropped: [],
        failed: null,
      } satisfies ConstraintsFinding,
      tokens: size * CONSTRAINT_TOKENS,
    }),
    verifier: () => ({
      finding: {
        code: numbered(FUNCTION_TOKENS),
        cases: Array.from({ length: CASES }, () => ({ input: numbered(CONSTRAINT_TOKENS), output: true })),
        droppedCases: {},
        failed: null,
        detail: '',
      } satisfies VerifierFinding,
      tokens: FUNCTION_TOKENS,
    }),
    'back-translation': () => ({
      finding: { text: numbered(CONSTRAINT_TOKENS), failed: null } satisfies BackTranslationFinding,
      tokens: CONSTRAINT_TOKENS,
    }),
    judgement: () => ({
      finding: { label: 'entailment', failed: null } satisfies JudgementFinding,
      tokens: LABEL_TOKENS,
    }),
    response: () => ({
      finding: { text: numbered(ANSWER_TOKENS), reasoning: null, failed: null } satisfies ResponseFinding,
      tokens: ANSWER_TOKENS,
    }),
    grade: () => ({ finding: { grade: 10, failed: null } satisfies GradeFinding, tokens: LABEL_TOKENS }),
  };
}
