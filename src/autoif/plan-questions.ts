import type { Pipeline } from './pipeline.js';
import type { PipelineInput } from './run-pipeline.js';

/** The plan of a run's questions, which follows what is known by now: nothing of what is yet to come is thrown away. */
export interface QuestionPlan {
  constraintsAre(count: number): void;
  pairsAre(count: number): void;
}

/**
 * Plans the questions of a whole run.
 *
 * @param answered Nobody is asked for answers.
 */
export function planQuestions(
  { settings, questions, contradictions }: Pipeline,
  begin: PipelineInput['constraints'],
  answered: boolean,
): QuestionPlan {
  const { augmentRequests, augmentSize, samples, backTranslations, queriesPerConstraint, responses } = settings;
  const graded = settings.quality.text !== 'off';
  const judged = settings.contradictions === 'off' ? 0 : backTranslations * contradictions.questions;
  const most = settings.maxConstraints ?? Infinity;
  let constraints = 0;
  let pairs = 0;
  const planConstraints = (count: number): void => {
    const more = count - constraints;
    questions.plan('write', more * samples);
    questions.plan('back-translate', more * backTranslations);
    questions.plan('contradict', more * judged);
    constraints = count;
  };
  const planPairs = (count: number): void => {
    const more = count - pairs;
    if (!answered) questions.plan('respond', more * responses);
    if (graded) questions.plan('grade', more * responses);
    pairs = count;
  };
  if (begin.kind === 'seeds') {
    questions.plan('augment', augmentRequests);
    planConstraints(Math.min(most, begin.seeds.length + augmentRequests * augmentSize));
  }
  planPairs((begin.kind === 'seeds' ? constraints : begin.verifiers.length) * queriesPerConstraint);
  return {
    constraintsAre: (count) => {
      planConstraints(count);
      planPairs(count * queriesPerConstraint);
    },
    pairsAre: planPairs,
  };
}
