import type { AskContext } from '../ask/ask-prompt.js';
import { eachOnce } from '../ask/each-once.js';
import type { Questions } from '../ask/questions.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { Sandbox } from '../sandbox/index.js';
import type { ContradictionJudge } from './verifiers/contradiction-judge.js';
import type { AutoifSettings } from './settle-options.js';

/** What all stages work with. */
export interface Pipeline {
  readonly settings: AutoifSettings;
  readonly context: AskContext;
  readonly questions: Questions;
  readonly sandbox: Sandbox;
  readonly contradictions: ContradictionJudge;
}

/** Who writes constraints, functions and back-translations, and does what nobody else is named for. */
export function writerOf({ generator }: Pick<AutoifSettings, 'generator'>): GeneratorPlan {
  if (generator === undefined) throw new TypeError('nobody is named, and so nobody can be asked');
  return generator;
}

type Named = Pick<AutoifSettings, 'generator' | 'responder' | 'judge'>;

export const responderOf = (settings: Named): GeneratorPlan => settings.responder ?? writerOf(settings);
export const judgeOf = (settings: Named): GeneratorPlan => settings.judge ?? writerOf(settings);

/** All that a run asks, each once. */
export const generatorsOf = ({ generator, responder, judge }: Named): readonly GeneratorPlan[] =>
  eachOnce([generator, responder, judge].filter((plan) => plan !== undefined));

/** The pipeline, asking on account of a part of its questions until it is disposed. */
export function sharing(pipeline: Pipeline, part: string, planned: number): Pipeline & Disposable {
  const asker = pipeline.questions.share(part, planned, pipeline.context.asker);
  return { ...pipeline, context: { ...pipeline.context, asker }, [Symbol.dispose]: () => asker[Symbol.dispose]() };
}
