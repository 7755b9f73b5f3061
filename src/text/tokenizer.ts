import type { Tokenizer as NativeTokenizer, Encoding as NativeEncoding } from 'tokenizers';
import { EvosiftError } from '../base/errors.js';
import { ChatTemplate } from './chat-template.js';
import { EncodingQueue } from './encoding-queue.js';
import { nativeTokenizer } from './native-tokenizer.js';
import { charactersPerToken, specialTokensOf, withoutSpecialTokens } from './tokenizer-definition.js';
import { readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.js';

export interface EncodeOptions {
  /** Let the tokenizer add its own BOS, EOS, …, as `tokenizer(text)` does in HF; default true. */
  readonly addSpecialTokens?: boolean;
  /** What special tokens that are written in the text are: themselves, as in HF, or text like any other. */
  readonly specialTokens?: SpecialTokens;
}

export type SpecialTokens = 'control' | 'text';

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

/**
 * A Hugging Face tokenizer. Nothing is truncated or padded.
 * Calls made in one turn of the event loop become one batch, so asking for many texts at once is the fast way.
 */
export class Tokenizer {
  readonly #native: NativeTokenizer;
  /** By the options that they serve. */
  readonly #queues = new Map<string, EncodingQueue>();
  readonly #files: TokenizerFiles;
  readonly #affixes: Affixes;
  readonly #special: RegExp | null;
  #chatTemplate: ChatTemplate | null = null;
  #longestToken: { readonly known: ReturnType<typeof charactersPerToken> } | null = null;

  /** The directory that it was loaded from. */
  readonly directory: string;
  /** Number of tokens, added ones included. */
  readonly vocabSize: number;
  readonly bosId: number | null;
  readonly eosId: number | null;
  /** The most tokens that its model takes, as tokenizer_config.json has it; null where that tells none. */
  readonly maxLength: number | null;
  /** Hex sha-256 over the tokenizer's files. */
  readonly hash: string;

  /** @internal Use `loadTokenizer`. */
  constructor(directory: string, files: TokenizerFiles, native: NativeTokenizer, affixes: Affixes) {
    this.directory = directory;
    this.hash = files.hash;
    this.maxLength = files.maxLength;
    this.#files = files;
    this.#native = native;
    this.#affixes = affixes;
    this.vocabSize = native.getVocabSize(true);
    this.#special = anyOf([
      ...specialTokensOf(files.definition),
      ...files.added.flatMap(({ content, special }) => (special ? [content] : [])),
    ]);
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
  count(text: string, options: EncodeOptions = {}): Promise<number> {
    return this.#encoded(text, options, (encoding) => encoding.getLength());
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

  /** Whether special tokens are written in a text. */
  holdsSpecialTokens(text: string): boolean {
    return this.#special?.test(text) ?? false;
  }

  /** Whether a text has more tokens than `limit` however it is tokenised; false where only tokenising it would tell. */
  exceeds(text: string, limit: number): boolean {
    if (text.length <= limit * UNUSUALLY_LONG || this.#longest === null) return false;
    const { most, blanks } = this.#longest;
    const characters = blanks ? text.length : text.replace(/\s+/g, '').length;
    return characters > limit * most;
  }

  /** A text without an end that lies beyond `limit` tokens by far, however it is tokenised. */
  cut(text: string, limit: number): string {
    if (text.length <= limit * UNUSUALLY_LONG || this.#longest?.blanks !== true) return text;
    return text.slice(0, 2 * limit * this.#longest.most);
  }

  get #longest(): ReturnType<typeof charactersPerToken> {
    return (this.#longestToken ??= { known: charactersPerToken(this.#files.definition) }).known;
  }

  #encoded<Value>(
    text: string,
    { addSpecialTokens = true, specialTokens = 'control' }: EncodeOptions,
    read: (encoding: NativeEncoding) => Value,
  ): Promise<Value> {
    // Where there are none, both ways come to the same.
    const kind = specialTokens === 'text' && this.holdsSpecialTokens(text) ? 'text' : 'control';
    const key = `${kind} ${addSpecialTokens}`;
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = new EncodingQueue(kind === 'text' ? this.#blind : this.#native, addSpecialTokens);
      this.#queues.set(key, queue);
    }
    return queue.encode(text, read);
  }

  /** The tokenizer without an eye for special tokens; its queues keep it. */
  get #blind(): NativeTokenizer {
    const { definition, added } = this.#files;
    const others = added.filter(({ special }) => !special);
    return nativeTokenizer(this.directory, withoutSpecialTokens(definition), others);
  }
}

/** Characters a token, on average, beyond which it is worth looking at what the vocabulary's longest one has. */
const UNUSUALLY_LONG = 16;

/** A pattern of any of some texts; null where there are none. */
function anyOf(texts: readonly string[]): RegExp | null {
  const escaped = texts.filter((text) => text !== '').map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return escaped.length === 0 ? null : new RegExp(escaped.join('|'), 'u');
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
  const native = nativeTokenizer(directory, files.definition, files.added);
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
