import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { Logger } from '../base/logger.js';
import { throwIfAborted } from './abort.js';
import { valueOf, type Answer } from './answer.js';
import { TaskFailedError, WorkerPool } from './worker-pool.js';

/** What a worker of its own is given: a plan that can be sent, and a port for what is told meanwhile. */
export interface ReportingTask<Plan> {
  readonly plan: Plan;
  readonly port: MessagePort;
}

/** What goes along with a plan and can't be sent. */
export interface Reporting<Progress> {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: Progress) => void;
  readonly logger: Logger;
}

type FromWorker<Progress> =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: LogLevel; readonly fields: object; readonly message: string };

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies (keyof Logger)[];
type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Carries out a plan in a worker of its own, which tells its progress and hears of an abort.
 *
 * @param worker The worker's file, and which of its exports; who needs it, as errors have it.
 * @throws What the worker's task throws, what `onProgress` or `logger` throws; EvosiftError `aborted`.
 */
export async function runReporting<Plan, Progress, Value>(
  worker: { readonly filename: string; readonly name: string; readonly owner: string },
  plan: Plan,
  { signal, onProgress, logger }: Reporting<Progress>,
): Promise<Value> {
  throwIfAborted(signal);
  const { filename, name, owner } = worker;
  const { port1, port2 } = new MessageChannel();
  const failed: unknown[] = [];
  const abort = (): void => port1.postMessage('abort', []);
  port1.on('message', (message: FromWorker<Progress>) => {
    try {
      if (message.kind === 'progress') onProgress(message.progress);
      else logger[message.kind](message.fields, message.message);
    } catch (error) {
      failed.push(error);
      abort();
    }
  });
  signal?.addEventListener('abort', abort, { once: true });
  await using pool = new WorkerPool({ filename, threads: 1, owner });
  try {
    const task: ReportingTask<Plan> = { plan, port: port2 };
    const given: unknown = move({ [transferableSymbol]: [port2], [valueSymbol]: task });
    return valueOf(await pool.run<Answer<Value>>(name, given));
  } catch (error) {
    if (failed.length > 0) throw failed[0];
    throwIfAborted(signal);
    // The second try has no port any more: it was the first that had something to say.
    throw error instanceof TaskFailedError ? (error.cause ?? error) : error;
  } finally {
    signal?.removeEventListener('abort', abort);
    port1.close();
  }
}

/** The worker's end: the caller's signal, ear and logger. Whoever is done closes the port. */
export function reportingOver<Progress>(port: MessagePort): Reporting<Progress> {
  const send = (message: FromWorker<Progress>): void => port.postMessage(message, []);
  const controller = new AbortController();
  port.on('message', () => controller.abort());
  const levels = LOG_LEVELS.map((kind) => [kind, (fields: object, message: string) => send({ kind, fields, message })]);
  return {
    signal: controller.signal,
    onProgress: (progress) => send({ kind: 'progress', progress }),
    logger: Object.fromEntries(levels) as unknown as Logger,
  };
}
