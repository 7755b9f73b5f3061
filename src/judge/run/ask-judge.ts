import { askPrompt, type AskContext } from '../../ask/ask-prompt.js';
import { askUntil } from '../../ask/ask-until.js';
import { examination, type Examiner } from '../../ask/examination.js';
import type { Prompt } from '../../ask/prompts/prompt.js';
import type { GeneratorPlan } from '../../llm/generator.js';
import type { FailureKind } from '../../llm/request-error.js';
import type { VerdictAsked, VerdictFailure, VerdictFinding } from '../answers/find-verdict.js';
import type { NonsenseBreaker } from './nonsense-breaker.js';

/** What is judged; a verdict's examiner, its operation and its stage in the journal go by the same name. */
export type Measure = 'difficulty' | 'score' | 'pairwise' | 'keywords';

/** Who judges, and with what. */
export interface Judge {
  readonly context: AskContext;
  readonly plan: GeneratorPlan;
  /** Tries after an answer that holds no verdict. */
  readonly retries: number;
  readonly breaker: NonsenseBreaker;
}

export interface JudgeQuestion {
  readonly measure: Measure;
  readonly prompt: Prompt;
  readonly variables: Readonly<Record<string, string>>;
  /** What the journal calls that which is judged. */
  readonly item: string;
  /** Tells questions about one item apart; default 0. */
  readonly sample?: number;
}

/** A verdict, or why there is none. */
export type Judged<Value> =
  | { readonly value: Value; readonly reason: null }
  | { readonly value: null; readonly reason: VerdictFailure | FailureKind };

/**
 * Asks for a verdict. An answer that holds none is asked for again, with something changed; what is none in the end is
 * said to be none.
 *
 * @throws EvosiftError as `Asker.ask`; `breaker_open` where answer after answer holds none.
 */
export async function askJudge<Value>(
  { context, plan, retries, breaker }: Judge,
  { measure, prompt, variables, item, sample = 0 }: JudgeQuestion,
): Promise<Judged<Value>> {
  const about = Object.values(variables).join('\n');
  const answered = await askUntil(
    retries,
    async (attempt) => {
      const one = await askPrompt(context, {
        plan,
        prompt,
        variables,
        key: { stage: 'judge', item, operation: measure, sample, attempt },
        draw: attempt,
        examination: ({ marker }) =>
          examination<Examiner<VerdictAsked, VerdictFinding<Value>>>(measure, { about, marker }),
      });
      // What the journal knows was paid for, and says nothing of how the generator is now.
      if (one.ok && !one.journaled) breaker.note(plan.name, one.finding.failed === null ? null : one.finding.detail);
      return one;
    },
    ({ failed }) => failed === null,
  );
  if (!answered.ok) return { value: null, reason: answered.kind };
  const { value, failed } = answered.finding;
  return failed === null ? { value, reason: null } : { value: null, reason: failed };
}
