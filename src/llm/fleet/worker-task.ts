import { BroadcastChannel } from 'node:worker_threads';
import type { ChatRequest, Completion } from '../chat.js';
import type { OpenAiEndpoint } from '../generator.js';
import type { Failure } from '../limits/back-off.js';
import { requestCompletion } from '../openai/request-completion.js';
import { RequestError } from '../request-error.js';

/** What the fleet has a worker do: make a request and examine the answer, or examine one that is there. */
export type WorkerTask = RequestTask | ExamineTask;

export interface RequestTask {
  readonly kind: 'request';
  /** By which it is cancelled: the name of the fleet's channel, and a number of its own. */
  readonly channel: string;
  readonly id: number;
  readonly endpoint: OpenAiEndpoint;
  readonly request: ChatRequest;
  /** Milliseconds. */
  readonly timeout: number;
  /** Null where nothing is looked for. */
  readonly examination: unknown;
}

export interface ExamineTask {
  readonly kind: 'examine';
  readonly completion: Completion;
  readonly examination: unknown;
}

/** What came of a task. Failures travel as values: an error would lose its class on the way between threads. */
export type TaskOutcome<Finding> =
  | { readonly status: 'answered'; readonly completion: Completion; readonly finding: Finding }
  | { readonly status: 'examined'; readonly finding: Finding }
  /** The answer is there, and examining it failed: a defect. */
  | { readonly status: 'unexamined'; readonly completion: Completion; readonly detail: string }
  | { readonly status: 'failed'; readonly failure: Failure }
  | { readonly status: 'cancelled' };

/** On a fleet's channel: the number of the request to cancel, or null for all. */
export type Cancellation = number | null;

/**
 * Does a task inside a worker, whose module exports it as `run`:
 *
 *     export const run = (task: WorkerTask) => runTask(task, examine);
 *
 * @param examine Is given the task's examination where it is not null.
 */
export async function runTask<Finding>(
  task: WorkerTask,
  examine: (completion: Completion, examination: never) => Finding | Promise<Finding>,
): Promise<TaskOutcome<Finding | null>> {
  const find = async (completion: Completion): Promise<Finding | null> =>
    task.examination === null ? null : await examine(completion, task.examination as never);
  if (task.kind === 'examine') return { status: 'examined', finding: await find(task.completion) };
  const made = await makeRequest(task);
  if (made.status !== 'answered') return made;
  const { completion } = made;
  try {
    return { status: 'answered', completion, finding: await find(completion) };
  } catch (error) {
    return { status: 'unexamined', completion, detail: String(error) };
  }
}

type Made = Extract<TaskOutcome<null>, { status: 'answered' | 'failed' | 'cancelled' }>;

/** Makes a task's request, until it is cancelled. */
export async function makeRequest({ channel, id, endpoint, request, timeout }: RequestTask): Promise<Made> {
  const controller = new AbortController();
  const running = cancellableOn(channel);
  running.set(id, controller);
  try {
    const completion = await requestCompletion(endpoint, request, { timeout, signal: controller.signal });
    return { status: 'answered', completion, finding: null };
  } catch (error) {
    if (controller.signal.aborted) return { status: 'cancelled' };
    if (!(error instanceof RequestError)) throw error;
    return { status: 'failed', failure: { kind: error.kind, detail: error.message, retryAfter: error.retryAfter } };
  } finally {
    running.delete(id);
  }
}

/** A worker belongs to one fleet, so there is one channel in a thread, as a rule. */
const channels = new Map<string, Map<number, AbortController>>();

function cancellableOn(name: string): Map<number, AbortController> {
  const known = channels.get(name);
  if (known !== undefined) return known;
  const running = new Map<number, AbortController>();
  channels.set(name, running);
  const channel = new BroadcastChannel(name);
  channel.addEventListener('message', (message) => {
    const id = (message as unknown as { readonly data: Cancellation }).data;
    for (const controller of id === null ? running.values() : [running.get(id)]) controller?.abort();
  });
  channel.unref();
  return running;
}
