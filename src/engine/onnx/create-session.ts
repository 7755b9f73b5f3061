import { InferenceSession } from 'onnxruntime-node';
import { EvosiftError, messageOf } from '../../base/errors.js';
import { throughGate } from './exit-gate.js';
import type { SessionSetup } from './protocol.js';

/**
 * In a worker: a session on the CPU.
 *
 * @throws EvosiftError `bad_weights` where onnxruntime cannot load the graph.
 */
export async function createSession({ model, threads, gate }: SessionSetup): Promise<InferenceSession> {
  try {
    return await throughGate(gate, () =>
      InferenceSession.create(model, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
      }),
    );
  } catch (cause) {
    throw new EvosiftError('bad_weights', `onnxruntime cannot load ${model}: ${messageOf(cause)}`, { cause });
  }
}
