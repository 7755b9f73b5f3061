import type { AskContext } from '../ask/ask-prompt.js';
import { eachOnce } from '../ask/each-once.js';
import type { Questions } from '../ask/questions.js';
import { isStop } from '../ask/stop.js';
import { mapInOrder } from '../async/map-in-order.js';
import type { EvosiftError } from '../base/errors.js';
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

/**
 * Works on items side by side and takes what came of each, in order. After a stop no item is begun.
 *
 * @returns The stop; null where all items are done.
 */
export async function workInOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<Result>,
  take: (result: Result) => Promise<void>,
): Promise<EvosiftError | null> {
  let stopped: EvosiftError | null = null;
  const outcomes = mapInOrder(
    whilst(items, () => stopped === null),
    concurrency,
    async (item) => {
      try {
        return { stopped: null, result: await work(item) };
      } catch (error) {
        if (!isStop(error)) throw error;
        return { stopped: error };
      }
    },
  );
  for await (const outcome of outcomes) {
    if (outcome.stopped === null) await take(outcome.result);
    else stopped ??= outcome.stopped;
  }
  return stopped;
}

async function* whilst<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  goesOn: () => boolean,
): AsyncGenerator<Item, void, undefined> {
  for await (const item of items) {
    if (!goesOn()) return;
    yield item;
  }
}
