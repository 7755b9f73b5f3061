import { join, posix } from 'node:path';
import { throwIfAborted } from '../../async/abort.js';
import { mapInOrder } from '../../async/map-in-order.js';
import { EvosiftError } from '../../base/errors.js';
import { openGraph, type GraphSession } from '../../engine/onnx/graph-session.js';
import { hashFiles } from '../../models/hash-model.js';
import { learntPositions } from '../../models/learnt-positions.js';
import { readModelConfig } from '../../models/model-config.js';
import { listNames } from '../../models/model-directory.js';
import { TOKENIZER_FILES } from '../../models/model-files.js';
import { findOnnxGraph } from '../../models/onnx-graph.js';
import { loadTokenizer, type Tokenizer } from '../../text/tokenizer.js';
import { checkEncoder } from './check-encoder.js';
import { feedsOf } from './encoder-feeds.js';
import { chooseOutput, type EncoderOutput } from './encoder-output.js';
import type { EmbedOptions, Encoder, EncoderAbout } from './encoder.js';
import type { EncoderPlan } from './encoder-options.js';
import { normalized, pool } from './pooling.js';
import { readSentenceTransformer, type SentenceTransformer } from './sentence-transformer.js';

/** For a model that tells no limit; attention takes memory by the square of it. */
const LONGEST_TEXT = 4096;

/** Texts in hand at a time: the worker computes one after another, and the others are tokenised meanwhile. */
const IN_HAND = 16;

/** A text as its encoder takes it. */
interface TextRules extends Pick<SentenceTransformer, 'lowerCase' | 'prompt'> {
  readonly maxTokens: number;
}

/**
 * Loads a sentence encoder: sentence-transformers' layout with the transformer as ONNX, on the CPU in a worker of its own.
 *
 * @throws EvosiftError as `loadEncoder`.
 */
export async function loadSentenceEncoder({
  encoder: directory,
  encoderFile: file,
  threads,
}: Extract<EncoderPlan, { readonly encoder: string }>): Promise<Encoder> {
  const config = await readSentenceTransformer(directory);
  const folder = join(directory, config.folder);
  const graph = await findOnnxGraph(folder, 'feature-extraction', { file, option: 'encoderFile' });
  const tokenizer = await loadTokenizer(folder);
  const positions = learntPositions(await readModelConfig(folder));
  const limit = Math.min(tokenizer.maxLength ?? Infinity, positions ?? Infinity);
  const maxTokens = config.maxTokens ?? (limit === Infinity ? LONGEST_TEXT : limit);
  const present = await listNames(folder);
  const own = ['config.json', ...TOKENIZER_FILES.filter((name) => present.includes(name)), ...graph.files];
  const hash = await hashFiles(directory, [...config.files, ...own.map((name) => posix.join(config.folder, name))]);
  const session = await openGraph(graph.path, 'A sentence encoder', threads);
  try {
    const output = chooseOutput(graph.path, session.about, config);
    const dimension = await checkEncoder({ session, output, config, tokenizer, maxTokens, directory });
    const { prompt, lowerCase, normalize } = config;
    const about: EncoderAbout = {
      kind: 'sentence_encoder',
      hash,
      dimension,
      pooling: output.pooling ?? 'graph',
      normalize,
      maxTokens,
      prompt,
      file: posix.join(config.folder, graph.files[0] ?? ''),
      engine: `onnxruntime ${session.about.version} cpu`,
    };
    return new SentenceEncoder(about, session, tokenizer, output, { prompt, lowerCase, maxTokens });
  } catch (error) {
    await session.close();
    throw error;
  }
}

/**
 * Texts run one at a time. Padding changes the order in which sums are formed, and graphs with activations that are quantised
 * on the way round by the whole batch: alone, equal texts have equal vectors, to the bit.
 */
class SentenceEncoder implements Encoder {
  constructor(
    readonly about: EncoderAbout,
    private readonly session: GraphSession,
    private readonly tokenizer: Tokenizer,
    private readonly output: EncoderOutput,
    private readonly rules: TextRules,
  ) {}

  get dimension(): number {
    return this.about.dimension;
  }

  async embed(texts: readonly string[], { signal, onTruncated }: EmbedOptions = {}): Promise<Float32Array> {
    const vectors = new Float32Array(texts.length * this.dimension);
    let at = 0;
    throwIfAborted(signal);
    for await (const vector of mapInOrder(texts, IN_HAND, (text) => this.#vector(text))) {
      throwIfAborted(signal);
      vectors.set(vector.values, at * this.dimension);
      if (vector.isCut) onTruncated?.(at);
      at++;
    }
    return vectors;
  }

  async #vector(text: string): Promise<{ readonly values: Float32Array; readonly isCut: boolean }> {
    const { prompt, lowerCase, maxTokens } = this.rules;
    const whole = prompt + text;
    const ids = await this.tokenizer.encode(this.tokenizer.cut(lowerCase ? whole.toLowerCase() : whole, maxTokens));
    if (ids.length === 0) throw new EvosiftError('bad_data', `The text ${JSON.stringify(text)} has no tokens.`);
    const { name, pooling } = this.output;
    const { data } = await this.session.run({ feeds: feedsOf(this.tokenizer.truncate(ids, maxTokens)), output: name });
    const vector = pooling === null ? data : pool(data, this.dimension, pooling);
    return { values: this.about.normalize ? normalized(vector) : vector, isCut: ids.length > maxTokens };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.session.close();
  }
}
