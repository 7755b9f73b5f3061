import { env, type InferenceSession, type Tensor } from 'onnxruntime-node';
import { EvosiftError } from '../../base/errors.js';
import type { TargetLosses } from './cross-entropy.js';
import { createSession } from './create-session.js';
import { throughGate } from './exit-gate.js';
import { fastestCrossEntropy } from './fastest-cross-entropy.js';
import { planFeeds, type Feed } from './feeds.js';
import { floatValues } from './float-values.js';
import type { ScorerAbout, ScorerSetup, SequenceResult, SequenceWork } from './protocol.js';
import type { Service } from './serve.js';

const LOGITS = 'logits';

/** Scores one sequence at a time in an onnxruntime session. */
export class SequenceScorer implements Service<ScorerAbout, SequenceWork, SequenceResult> {
  readonly about: ScorerAbout;
  readonly #crossEntropy = fastestCrossEntropy();
  readonly #session: InferenceSession;
  readonly #feeds: Map<string, Feed>;
  readonly #vocabSize: number;
  readonly #gate: Int32Array;
  readonly #hidden: string | null;

  private constructor(session: InferenceSession, feeds: Map<string, Feed>, { vocabSize, gate }: ScorerSetup) {
    this.#session = session;
    this.#feeds = feeds;
    this.#vocabSize = vocabSize;
    this.#gate = gate;
    this.#hidden = hiddenOutput(session.outputNames);
    this.about = { version: env.versions.node ?? env.versions.common, poolable: this.#hidden !== null };
  }

  /** @throws EvosiftError `bad_weights` where the graph cannot be loaded or is no causal language model. */
  static async load(setup: ScorerSetup): Promise<SequenceScorer> {
    const session = await createSession(setup);
    const logits = session.outputMetadata.find((output) => output.name === LOGITS);
    if (logits === undefined || !logits.isTensor) {
      throw new EvosiftError(
        'bad_weights',
        `${setup.model} has no output named logits (it has ${session.outputNames.join(', ')}): it is no causal language model's export.`,
      );
    }
    try {
      return new SequenceScorer(session, planFeeds(session.inputMetadata, setup.cache), setup);
    } catch (cause) {
      await throughGate(setup.gate, () => session.release());
      if (!(cause instanceof EvosiftError)) throw cause;
      throw new EvosiftError(cause.code, `${setup.model}: ${cause.message}`, { cause, option: cause.option });
    }
  }

  async answer({ ids, spans, stats, pooled }: SequenceWork): Promise<SequenceResult> {
    const feeds: Record<string, Tensor> = {};
    for (const [name, feed] of this.#feeds) feeds[name] = feed(ids);
    const hidden = pooled ? this.#hidden : null;
    const wanted = [...(spans.length > 0 ? [LOGITS] : []), ...(hidden === null ? [] : [hidden])];
    const outputs = await throughGate(this.#gate, () => this.#session.run(feeds, wanted));
    const losses = spans.length > 0 ? this.#lossesOf(outputs[LOGITS], ids, spans, stats) : noLosses(stats);
    return { ...losses, pooled: hidden === null ? null : meanOfRows(outputs[hidden], ids.length) };
  }

  async release(): Promise<void> {
    await throughGate(this.#gate, () => this.#session.release());
  }

  #lossesOf(output: Tensor | undefined, ids: Int32Array, spans: Int32Array, stats: boolean): TargetLosses {
    const vocab = output?.dims[2] ?? 0;
    if (output === undefined || output.dims.join() !== [1, ids.length, vocab].join() || vocab < this.#vocabSize) {
      throw new EvosiftError(
        'bad_weights',
        `logits came as [${output?.dims.join(', ')}]; [1, ${ids.length}, ${this.#vocabSize}] was expected.`,
      );
    }
    let count = 0;
    for (let i = 0; i < spans.length; i += 2) count += (spans[i + 1] ?? 0) - (spans[i] ?? 0);
    const nll = new Float32Array(count);
    const top1 = stats ? new Float32Array(count) : null;
    const entropy = stats ? new Float32Array(count) : null;
    let at = 0;
    for (let i = 0; i < spans.length; i += 2) {
      const from = spans[i] ?? 0;
      const to = spans[i + 1] ?? 0;
      // What stands at a position is predicted at the one before.
      const part = this.#crossEntropy(rowsOf(output, from - 1, to - 1, vocab), vocab, ids.subarray(from, to), stats);
      nll.set(part.nll, at);
      if (part.top1 !== null) top1?.set(part.top1, at);
      if (part.entropy !== null) entropy?.set(part.entropy, at);
      at += to - from;
    }
    return { nll, top1, entropy };
  }
}

/** The last hidden state, after the final norm: `last_hidden_state`, or the last of `hidden_states.0`, `hidden_states.1`, … */
function hiddenOutput(names: readonly string[]): string | null {
  if (names.includes('last_hidden_state')) return 'last_hidden_state';
  const layers = names.filter((name) => /^hidden_states\.\d+$/.test(name));
  return layers.sort((a, b) => Number(b.split('.')[1]) - Number(a.split('.')[1]))[0] ?? null;
}

const noLosses = (stats: boolean): TargetLosses => ({
  nll: new Float32Array(0),
  top1: stats ? new Float32Array(0) : null,
  entropy: stats ? new Float32Array(0) : null,
});

/** Rows [from, to) of a [1, rows, width] output as f32. */
const rowsOf = (output: Tensor, from: number, to: number, width: number): Float32Array =>
  floatValues(output, from * width, to * width);

/** The mean over the rows of a [1, rows, width] output, summed in f64. */
function meanOfRows(output: Tensor | undefined, rows: number): Float32Array {
  const width = output?.dims[2] ?? 0;
  if (output === undefined || output.dims[1] !== rows) {
    throw new EvosiftError(
      'bad_weights',
      `hidden states came as [${output?.dims.join(', ')}]; [1, ${rows}, …] was expected.`,
    );
  }
  const values = rowsOf(output, 0, rows, width);
  const sums = new Float64Array(width);
  for (let i = 0; i < values.length; i++) sums[i % width] = (sums[i % width] ?? 0) + (values[i] ?? 0);
  return Float32Array.from(sums, (sum) => sum / rows);
}
