import { askPrompt, type AskContext } from '../../ask/ask-prompt.js';
import { askUntil } from '../../ask/ask-until.js';
import { examination } from '../../ask/examination.js';
import type { FailureKind } from '../../llm/request-error.js';
import type { Nli, NliLabel } from '../../nli/load-nli.js';
import type { examineJudgement } from './examine-judgement.js';
import type { AutoifSettings } from '../settle-options.js';
import { judgeOf } from '../pipeline.js';
import { JUDGE_CONTRADICTION } from '../prompts.js';

/** Two texts about the same answers. */
export interface Statements {
  /** The journal's name of the two. */
  readonly item: string;
  readonly premise: string;
  readonly hypothesis: string;
}

/** What the second text is to the first, or why nobody can say. */
export type Judgement =
  | { readonly label: NliLabel; readonly reason: null }
  | { readonly label: null; readonly reason: 'unparsable' | FailureKind };

/** Says of two texts whether they contradict each other. */
export interface ContradictionJudge {
  /** Questions that a judgement takes. */
  readonly questions: 0 | 1;
  /** @throws EvosiftError as `Asker.ask`; of a model `engine_failed`. */
  judge(context: AskContext, statements: Statements): Promise<Judgement>;
}

export const modelJudge = (nli: Nli): ContradictionJudge => ({
  questions: 0,
  judge: async (_context, { premise, hypothesis }) => {
    const { label } = await nli.judge(premise, hypothesis);
    return { label, reason: null };
  },
});

/** The judge of a run. An answer that names no label is asked for again. */
export const generatorJudge = (settings: AutoifSettings): ContradictionJudge => ({
  questions: 1,
  judge: async (context, { item, premise, hypothesis }) => {
    const answered = await askUntil(
      settings.retries,
      (attempt) =>
        askPrompt(context, {
          plan: judgeOf(settings),
          prompt: JUDGE_CONTRADICTION,
          variables: { premise, hypothesis },
          key: { stage: 'contradict', item, operation: 'contradict', sample: 0, attempt },
          draw: attempt,
          examination: ({ marker }) =>
            examination<typeof examineJudgement>('judgement', { premise, hypothesis, marker }),
        }),
      ({ label }) => label !== null,
    );
    if (!answered.ok) return { label: null, reason: answered.kind };
    const { label, failed } = answered.finding;
    return label === null ? { label, reason: failed } : { label, reason: null };
  },
});
