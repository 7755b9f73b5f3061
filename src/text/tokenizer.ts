import { AddedToken, Tokenizer as NativeTokenizer, type Encoding as NativeEncoding } from 'tokenizers';
import { join } from 'node:path';
import { EvosiftError, messageOf } from '../base/errors.js';
import { ChatTemplate } from './chat-template.js';
import { readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.js';

export interface EncodeOptions {
  /** Let the tokenizer add its own BOS, EOS, …, as `tokenizer(text)` does in HF; default true. */
  readonly addSpecialTokens?: boolean;
}

/** Token ids with the text that each covers: pairs [from, to) in code points. */
export interface EncodingWithOffsets {
  readonly ids: Int32Array;
  readonly offsets: Int32Array;
}

/** The special tokens that the tokenizer puts before and after a text. */
interface Affixes {
  readonly prefix: number;
  readonly suffix: Int32Array;
}

interface Waiting {
  readonly text: string;
  readonly take: (encoding: NativeEncoding) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A Hugging Face tokenizer. Special tokens written in a text are parsed as such; nothing is truncated or padded.
 * Calls made in one turn of the event loop become one batch, so asking for many texts at once is the fast way.
 */
export class Tokenizer {
  readonly #native: NativeTokenizer;
  readonly #waiting: Record<'with' | 'without', Waiting[]> = { with: [], without: [] };
  readonly #files: TokenizerFiles;
  readonly #affixes: Affixes;
  #chatTemplate: ChatTemplate | null = null;

  /** The directory that it was loaded from. */
  readonly directory: string;
  /** Number of tokens, added ones included. */
  readonly vocabSize: number;
  readonly bosId: number | null;
  readonly eosId: number | null;
  /** Hex sha-256 over the tokenizer's files. */
  readonly hash: string;

  /** @internal Use `loadTokenizer`. */
  constructor(directory: string, files: TokenizerFiles, native: NativeTokenizer, affixes: Affixes) {
    this.directory = directory;
    this.hash = files.hash;
    this.#files = files;
    this.#native = native;
    this.#affixes = affixes;
    this.vocabSize = native.getVocabSize(true);
    const bos = this.#named('bos_token');
    const eos = this.#named('eos_token');
    const unnamed = bos === null && eos === null;
    this.bosId = unnamed ? files.modelIds.bos : bos;
    this.eosId = unnamed ? files.modelIds.eos : eos;
  }

  #named(name: string): number | null {
    const token = this.#files.special[name];
    return token === undefined ? null : this.#native.tokenToId(token);
  }

  /** The ids of a text. */
  encode(text: string, options: EncodeOptions = {}): Promise<Int32Array> {
    return this.#encoded(text, options, (encoding) => Int32Array.from(encoding.getIds()));
  }

  /** The ids of a text, and where in the text each stands. */
  encodeWithOffsets(text: string, options: EncodeOptions = {}): Promise<EncodingWithOffsets> {
    return this.#encoded(text, options, (encoding) => ({
      ids: Int32Array.from(encoding.getIds()),
      offsets: Int32Array.from(encoding.getOffsets().flat()),
    }));
  }

  /** How many ids a text has; cheaper than fetching them. */
  count(text: string): Promise<number> {
    return this.#encoded(text, {}, (encoding) => encoding.getLength());
  }

  /**
   * Ids encoded with special tokens, cut to `limit` as `tokenizer(text, truncation=True, max_length=limit)` does in HF:
   * the text is cut on its right, special tokens after it stay. Where the limit has no room for those, nothing is left
   * (HF then cuts nothing).
   */
  truncate(ids: Int32Array, limit: number): Int32Array {
    if (ids.length <= limit) return ids;
    const { prefix, suffix } = this.#affixes;
    if (limit < prefix + suffix.length) return new Int32Array();
    const cut = ids.slice(0, limit);
    cut.set(suffix, cut.length - suffix.length);
    return cut;
  }

  /** What an id stands for; null where it is none of the vocabulary. */
  tokenOf(id: number): string | null {
    return this.#native.idToToken(id);
  }

  /** The model's own chat template. @throws EvosiftError `unsupported_tokenizer` where it has none or it is broken. */
  get chatTemplate(): ChatTemplate {
    if (this.#chatTemplate === null) {
      if (this.#files.chatTemplate === null) {
        throw new EvosiftError(
          'unsupported_tokenizer',
          `${this.directory} has no chat template (chat_template.jinja, or chat_template in tokenizer_config.json).\n` +
            `Use the template "bare" or "alpaca", or an instruction-tuned model.`,
        );
      }
      this.#chatTemplate = new ChatTemplate(this.#files.chatTemplate, this.#files.special, this.directory);
    }
    return this.#chatTemplate;
  }

  #encoded<Value>(
    text: string,
    { addSpecialTokens = true }: EncodeOptions,
    read: (encoding: NativeEncoding) => Value,
  ): Promise<Value> {
    const kind = addSpecialTokens ? 'with' : 'without';
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting[kind];
      waiting.push({ text, take: (encoding) => resolve(read(encoding)), reject });
      if (waiting.length === 1) queueMicrotask(() => void this.#flush(kind));
    });
  }

  /**
   * One native call for all that waits: each call costs a thread hop, and a batch is spread over the cores.
   *
   * An encoding is read and let go one by one: it has kilobytes outside the heap, which stay until the collector, that
   * knows nothing of them, comes upon the small object that holds them.
   */
  async #flush(kind: 'with' | 'without'): Promise<void> {
    const batch = this.#waiting[kind];
    this.#waiting[kind] = [];
    try {
      const texts = batch.map(({ text }) => text);
      const encodings = await this.#native.encodeBatch(texts, { addSpecialTokens: kind === 'with' });
      for (const { take } of batch.toReversed()) {
        const encoding = encodings.pop();
        if (encoding !== undefined) take(encoding);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/**
 * Loads the tokenizer of a model directory: tokenizer.json, with what tokenizer_config.json (and, where that lists no
 * added tokens, special_tokens_map.json) adds to it.
 *
 * BOS and EOS are added where tokenizer.json's post-processor adds them: HF transformers 5 takes no notice of
 * `add_bos_token` and `add_eos_token` of tokenizer_config.json where there is a tokenizer.json, and neither do we.
 *
 * @throws EvosiftError `unsupported_tokenizer`.
 */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const files = await readTokenizerFiles(directory);
  let native: NativeTokenizer;
  try {
    native = NativeTokenizer.fromString(files.definition);
  } catch (error) {
    const cause = messageOf(error);
    throw new EvosiftError(
      'unsupported_tokenizer',
      `${join(directory, 'tokenizer.json')} is no tokenizer that this program can read: ${cause}`,
      { cause: error },
    );
  }
  native.disableTruncation();
  native.disablePadding();
  native.addAddedTokens(
    files.added.map(({ content, special, ...flags }) => {
      const { normalized, lstrip, rstrip, singleWord } = flags;
      return new AddedToken(content, special, { normalized, leftStrip: lstrip, rightStrip: rstrip, singleWord });
    }),
  );
  return new Tokenizer(directory, files, native, await affixesOf(native));
}

async function affixesOf(native: NativeTokenizer): Promise<Affixes> {
  const [whole, bare] = await Promise.all(
    [true, false].map(async (addSpecialTokens) => (await native.encode('a', null, { addSpecialTokens })).getIds()),
  );
  if (whole === undefined || bare === undefined) return { prefix: 0, suffix: new Int32Array() };
  const added = whole.length - bare.length;
  let prefix = 0;
  while (prefix < added && !bare.every((id, i) => whole[prefix + i] === id)) prefix++;
  return { prefix, suffix: Int32Array.from(whole.slice(prefix + bare.length)) };
}
