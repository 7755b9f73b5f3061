import { createHash } from 'node:crypto';
import { throwIfAborted } from '../../async/abort.js';
import { EvosiftError } from '../../base/errors.js';
import type { Engine } from '../../engine/engine.js';
import { loadEngine } from '../../engine/load-engine.js';
import { hashModel } from '../../models/hash-model.js';
import { resolveModel } from '../../models/resolve-model.js';
import { checkIds } from '../../text/check-ids.js';
import { loadTokenizer, type Tokenizer } from '../../text/tokenizer.js';
import type { EmbedOptions, Encoder, EncoderAbout } from './encoder.js';
import type { EncoderPlan } from './encoder-options.js';

/** Texts that are tokenised at a time. */
const TEXTS_AT_ONCE = 64;

/**
 * Loads a causal language model as an encoder: a text is the mean over its tokens, tokenised as the scorer does, of the
 * last hidden states (after the final norm).
 *
 * @throws EvosiftError as `loadEncoder`; `bad_weights` where an ONNX export gives no hidden states out.
 */
export async function loadHiddenStates(plan: Extract<EncoderPlan, { readonly model: string }>): Promise<Encoder> {
  const { model: name, revision, engine: kind, device, dtype, threads, stepTokens, logger, signal } = plan;
  const resolved = await resolveModel(name, { revision, engine: kind, signal, onProgress: plan.onDownload });
  if (resolved.notice !== null) logger.warn({ model: name }, resolved.notice);
  const tokenizer = await loadTokenizer(resolved.directory);
  const modelHash = await hashModel(resolved, signal);
  const engine = await loadEngine(resolved.directory, { engine: kind, device, dtype, threads, stepTokens });
  const { info } = engine;
  const about: EncoderAbout = {
    kind: 'hidden_states',
    hash: createHash('sha256').update(`${modelHash}\n${tokenizer.hash}`).digest('hex'),
    dimension: info.hiddenSize,
    pooling: 'mean',
    normalize: false,
    maxTokens: info.contextLength,
    prompt: '',
    file: null,
    engine: `${info.engine} ${info.device} ${info.dtype} ${info.implementation}`,
  };
  return new HiddenStates(about, engine, tokenizer);
}

class HiddenStates implements Encoder {
  constructor(
    readonly about: EncoderAbout,
    private readonly engine: Engine,
    private readonly tokenizer: Tokenizer,
  ) {}

  get dimension(): number {
    return this.about.dimension;
  }

  async embed(texts: readonly string[], { signal, onTruncated }: EmbedOptions = {}): Promise<Float32Array> {
    const vectors = new Float32Array(texts.length * this.dimension);
    const starts = Array.from({ length: Math.ceil(texts.length / TEXTS_AT_ONCE) }, (_, n) => n * TEXTS_AT_ONCE);
    for (const from of starts) {
      throwIfAborted(signal);
      const batch = texts.slice(from, from + TEXTS_AT_ONCE);
      const sequences = await Promise.all(
        batch.map((text, place) => this.#ids(text, () => onTruncated?.(from + place))),
      );
      checkIds(sequences, this.tokenizer, this.engine.info.vocabSize);
      vectors.set(await this.#pooled(sequences, signal), from * this.dimension);
    }
    return vectors;
  }

  async #ids(text: string, onTruncated: () => void): Promise<Int32Array> {
    const { maxTokens } = this.about;
    const whole = await this.tokenizer.encode(this.tokenizer.cut(text, maxTokens));
    if (whole.length > maxTokens) onTruncated();
    const ids = this.tokenizer.truncate(whole, maxTokens);
    if (ids.length === 0) throw new EvosiftError('bad_data', `The text ${JSON.stringify(text)} has no tokens.`);
    return ids;
  }

  async #pooled(sequences: readonly Int32Array[], signal: AbortSignal | undefined): Promise<Float32Array> {
    const starts = new Int32Array(sequences.length + 1);
    for (const [i, { length }] of sequences.entries()) starts[i + 1] = (starts[i] ?? 0) + length;
    const tokens = new Int32Array(starts.at(-1) ?? 0);
    for (const [i, ids] of sequences.entries()) tokens.set(ids, starts[i]);
    const { pooled } = await this.engine.run({ tokens, starts, spans: new Int32Array(0) }, { pooled: true, signal });
    if (pooled === null) throw new Error('the engine pooled nothing');
    return pooled;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.engine.close();
  }
}
