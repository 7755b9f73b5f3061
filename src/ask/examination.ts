import type { Completion } from '../llm/chat.js';

/** Looks in an answer for what it was asked for. What it is given and what it finds travels between threads. */
export type Examiner<Asked, Finding> = (asked: Asked, completion: Completion) => Finding;

/** An examination of an answer yet to come, by the examiner that the worker has under `kind`. */
export interface Examination<Finding> {
  readonly kind: string;
  readonly asked: unknown;
  /** Never there: it ties what is found to what was asked for. */
  readonly finds?: Finding;
}

/**
 * An examination by the examiner whose type is given: its module need not be loaded here.
 *
 *     examination<typeof examineResponse>('response', { instruction })
 */
export const examination = <Examine extends Examiner<never, unknown>>(
  kind: string,
  asked: Parameters<Examine>[0],
): Examination<ReturnType<Examine>> => ({ kind, asked });

/** Examines by kind, as `runTask` takes it. */
export const examineBy =
  (examiners: Readonly<Record<string, Examiner<never, unknown>>>) =>
  (completion: Completion, { kind, asked }: Examination<unknown>): unknown => {
    const examine = examiners[kind];
    if (examine === undefined) throw new TypeError(`no examiner of the kind ${kind}`);
    return examine(asked as never, completion);
  };
