import { availableParallelism } from 'node:os';
import type { GraphAbout, GraphResult, GraphWork } from './protocol.js';
import { requireOnnxruntime } from './require-onnxruntime.js';
import { SessionWorker } from './session-worker.js';

/**
 * An onnxruntime session on the CPU, in a worker of its own, of a graph that takes integers ([1, length]) and gives
 * numbers out. Several calls of `run` may be made at once; they are done one after another.
 */
export type GraphSession = SessionWorker<GraphAbout, GraphWork, GraphResult>;

/**
 * @param model The ONNX file.
 * @param user What needs it, as the message says that finds onnxruntime-node missing.
 * @throws EvosiftError `engine_unavailable`, `engine_failed`, `bad_weights`.
 */
export async function openGraph(model: string, user: string, threads = availableParallelism()): Promise<GraphSession> {
  requireOnnxruntime(user);
  return SessionWorker.start('workers/onnx-graph', { model, threads });
}
