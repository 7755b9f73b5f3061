import type { Tokenizer as NativeTokenizer } from 'tokenizers';
import { nativeTokenizer } from './native-tokenizer.js';
import { readTokenizerFiles } from './tokenizer-files.js';

/** Two texts as one sequence, by the names of the inputs that models of Hugging Face take. */
export interface PairEncoding {
  readonly input_ids: Int32Array;
  readonly attention_mask: Int32Array;
  /** 0 for the first text and its special tokens, 1 for the second's, as far as the tokenizer tells them apart. */
  readonly token_type_ids: Int32Array;
}

/**
 * Encodes pairs of texts with the special tokens that tokenizer.json's post-processor puts around and between them. Of
 * an odd number of tokens, shared by two texts that are both cut, either may get the one more, as the tokenizer has it.
 */
export class PairEncoder {
  readonly #native: NativeTokenizer;

  private constructor(native: NativeTokenizer) {
    this.#native = native;
  }

  /**
   * @param limit The most tokens of a pair, special tokens among them: the longer text is cut first, at its end.
   * @throws EvosiftError `unsupported_tokenizer`.
   */
  static async load(directory: string, limit: number): Promise<PairEncoder> {
    const files = await readTokenizerFiles(directory);
    const native = nativeTokenizer(directory, files.definition, files.added);
    native.setTruncation(Math.min(limit, files.maxLength ?? limit));
    return new PairEncoder(native);
  }

  async encode(first: string, second: string): Promise<PairEncoding> {
    const encoding = await this.#native.encode(first, second);
    return {
      input_ids: Int32Array.from(encoding.getIds()),
      attention_mask: Int32Array.from(encoding.getAttentionMask()),
      token_type_ids: Int32Array.from(encoding.getTypeIds()),
    };
  }
}
