import type { AskContext } from '../ask/ask-prompt.js';
import type { Questions } from '../ask/questions.js';
import { isStop } from '../ask/stop.js';
import { mapInOrder } from '../async/map-in-order.js';
import type { EvosiftError } from '../base/errors.js';
import type { GeneratorPlan } from '../llm/generator.js';
import type { Sandbox } from '../sandbox/index.js';
import type { ContradictionJudge } from './contradiction-judge.js';
import type { AutoifSettings } from './options.js';

/** What all stages work with. */
export interface Pipeline {
  readonly settings: AutoifSettings;
  readonly context: AskContext;
  readonly questions: Questions;
  readonly sandbox: Sandbox;
  readonly contradictions: ContradictionJudge;
}

/** Who does what. */
export const responderOf = ({ responder, generator }: AutoifSettings): GeneratorPlan => responder ?? generator;
export const judgeOf = ({ judge, generator }: AutoifSettings): GeneratorPlan => judge ?? generator;

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
