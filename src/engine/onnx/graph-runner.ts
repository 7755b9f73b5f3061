import { env, type InferenceSession, type Tensor } from 'onnxruntime-node';
import { EvosiftError } from '../../base/errors.js';
import { createSession } from './create-session.js';
import { throughGate } from './exit-gate.js';
import { floatValues } from './float-values.js';
import { integerTensor, isIntegerType } from './integer-tensor.js';
import type { GraphAbout, GraphResult, GraphWork, SessionSetup } from './protocol.js';
import type { Service } from './serve.js';

/** What fails is thrown, so onnxruntime need not write it to standard error, too. */
const QUIET: InferenceSession.RunOptions = { logSeverityLevel: 4 };

/** Runs a graph that takes integers and gives numbers out: an encoder, a classifier. */
export class GraphRunner implements Service<GraphAbout, GraphWork, GraphResult> {
  readonly about: GraphAbout;
  readonly #session: InferenceSession;
  readonly #gate: Int32Array;

  private constructor(session: InferenceSession, gate: Int32Array) {
    this.#session = session;
    this.#gate = gate;
    this.about = {
      version: env.versions.node ?? env.versions.common,
      inputs: session.inputNames,
      outputs: Object.fromEntries(session.outputMetadata.map((one) => [one.name, one.isTensor ? one.shape : []])),
    };
  }

  /** @throws EvosiftError `bad_weights` where onnxruntime cannot load the graph. */
  static async load(setup: SessionSetup): Promise<GraphRunner> {
    return new GraphRunner(await createSession(setup), setup.gate);
  }

  /** @throws EvosiftError `bad_weights` where the graph has another input, or no such output. */
  async answer({ feeds, output }: GraphWork): Promise<GraphResult> {
    const tensors: Record<string, Tensor> = {};
    for (const input of this.#session.inputMetadata) {
      const values = feeds[input.name];
      if (values === undefined || !input.isTensor || !isIntegerType(input.type))
        throw new EvosiftError('bad_weights', `the graph asks for the input ${input.name}, which evosift cannot feed`);
      tensors[input.name] = integerTensor(input.type, values);
    }
    const outputs = await throughGate(this.#gate, () => this.#session.run(tensors, [output], QUIET));
    const tensor = outputs[output];
    if (tensor === undefined) throw new EvosiftError('bad_weights', `the graph has no output ${output}`);
    return { dims: tensor.dims, data: floatValues(tensor, 0, tensor.size) };
  }

  async release(): Promise<void> {
    await throughGate(this.#gate, () => this.#session.release());
  }
}
