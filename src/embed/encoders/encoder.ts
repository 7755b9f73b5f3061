import type { Pooling } from './pooling.js';

/** What made embeddings, and how: equal for equal encoders, wherever they lie. In files it is in snake_case. */
export interface EncoderAbout {
  /** A sentence encoder, or the hidden states of a causal language model. */
  readonly kind: 'sentence_encoder' | 'hidden_states';
  /** Hex sha-256 over the files of model, tokenizer and encoder's config. */
  readonly hash: string;
  /** How many numbers an embedding has. */
  readonly dimension: number;
  /** How tokens become one vector; `graph` where the ONNX graph does it. */
  readonly pooling: Pooling | 'graph';
  /** Embeddings have the length 1. */
  readonly normalize: boolean;
  /** A longer text is cut at its end, special tokens aside. */
  readonly maxTokens: number;
  /** What is put before every text; mostly empty. */
  readonly prompt: string;
  /** The ONNX file, from the encoder's directory, which tells a quantised graph from the other; null of hidden states. */
  readonly file: string | null;
  /** What computes, and to which precision: `onnxruntime 1.30.0 cpu`, `native cpu bf16 evosift amx_bf16`. */
  readonly engine: string;
}

export interface EmbedOptions {
  /** Aborting rejects with code `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** Told the place among the texts of each that was longer than `maxTokens`, and was cut. */
  readonly onTruncated?: ((text: number) => void) | undefined;
}

/** Makes vectors of texts. A text's vector depends on nothing but the text, whatever it is embedded with. */
export interface Encoder extends AsyncDisposable {
  readonly dimension: number;
  readonly about: EncoderAbout;
  /**
   * [texts, dimension], row major, in the order of the texts.
   *
   * @throws EvosiftError `bad_data` where a text has no token at all, `unsupported_tokenizer`, `bad_weights`, `aborted`,
   *   `closed`, `engine_failed`.
   */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array>;
}
