import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { EvosiftError, messageOf } from '../../base/errors.js';
import type { Reply, Request } from './protocol.js';

/** What lives in a worker: a session, and what is done with it. */
export interface Service<About, Work, Result> {
  readonly about: About;
  answer(work: Work): Promise<Result>;
  release(): Promise<void>;
}

/** Serves, in a worker, what `load` makes of the data that it was started with: one request after another. */
export function serve<Setup, About, Work, Result>(load: (setup: Setup) => Promise<Service<About, Work, Result>>): void {
  const port = parentPort;
  if (port === null) return;
  serveOn(port, () => load(workerData)).catch((error: unknown) => {
    port.postMessage(failed(null, error));
    port.close();
  });
}

async function serveOn<About, Work, Result>(
  port: MessagePort,
  load: () => Promise<Service<About, Work, Result>>,
): Promise<void> {
  const service = await load();
  let tail = Promise.resolve();
  port.on('message', (request: Request<Work>) => {
    tail = tail.then(() => (request.kind === 'close' ? close(port, service) : answer(port, service, request)));
  });
  port.postMessage({ kind: 'ready', about: service.about } satisfies Reply<About, Result>);
}

async function answer<Work, Result>(
  port: MessagePort,
  service: Service<unknown, Work, Result>,
  { id, work }: Extract<Request<Work>, { kind: 'work' }>,
): Promise<void> {
  try {
    const result = await service.answer(work);
    port.postMessage({ kind: 'done', id, result } satisfies Reply<unknown, Result>);
  } catch (error) {
    port.postMessage(failed(id, error));
  }
}

async function close(port: MessagePort, service: Service<unknown, never, unknown>): Promise<void> {
  try {
    await service.release();
  } finally {
    port.close();
  }
}

const failed = (id: number | null, error: unknown): Reply<never, never> => ({
  kind: 'failed',
  id,
  code: error instanceof EvosiftError ? error.code : 'engine_failed',
  message: messageOf(error),
});
