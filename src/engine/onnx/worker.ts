import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { EvosiftError, messageOf } from '../../base/errors.js';
import type { Reply, Request, SequenceRequest, WorkerSetup } from './protocol.js';
import { SequenceScorer } from './sequence-scorer.js';

/** The thread that an ONNX session lives in: onnxruntime's run() blocks the thread that calls it. */
async function serve(port: MessagePort, setup: WorkerSetup): Promise<void> {
  const scorer = await SequenceScorer.load(setup);
  let tail = Promise.resolve();
  port.on('message', (request: Request) => {
    tail = tail.then(() => (request.kind === 'close' ? close(port, scorer) : answer(port, scorer, request)));
  });
  port.postMessage({ kind: 'ready', version: scorer.version, poolable: scorer.poolable } satisfies Reply);
}

async function answer(port: MessagePort, scorer: SequenceScorer, request: SequenceRequest): Promise<void> {
  try {
    const losses = await scorer.score(request);
    port.postMessage({ kind: 'done', id: request.id, ...losses } satisfies Reply);
  } catch (error) {
    port.postMessage(failed(request.id, error));
  }
}

async function close(port: MessagePort, scorer: SequenceScorer): Promise<void> {
  try {
    await scorer.release();
  } finally {
    port.close();
  }
}

const failed = (id: number | null, error: unknown): Reply => ({
  kind: 'failed',
  id,
  code: error instanceof EvosiftError ? error.code : 'engine_failed',
  message: messageOf(error),
});

const port = parentPort;
if (port !== null) {
  serve(port, workerData).catch((error: unknown) => {
    port.postMessage(failed(null, error));
    port.close();
  });
}
