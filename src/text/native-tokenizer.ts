import { AddedToken, Tokenizer as NativeTokenizer } from 'tokenizers';
import { join } from 'node:path';
import { EvosiftError, messageOf } from '../base/errors.js';
import type { AddedTokenConfig } from './tokenizer-files.js';

/**
 * What the binding makes of a tokenizer.json and the tokens that are added to it; it truncates and pads nothing.
 *
 * @throws EvosiftError `unsupported_tokenizer`.
 */
export function nativeTokenizer(
  directory: string,
  definition: string,
  added: readonly AddedTokenConfig[],
): NativeTokenizer {
  let native: NativeTokenizer;
  try {
    native = NativeTokenizer.fromString(definition);
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
    added.map(({ content, special, ...flags }) => {
      const { normalized, lstrip, rstrip, singleWord } = flags;
      return new AddedToken(content, special, { normalized, leftStrip: lstrip, rightStrip: rstrip, singleWord });
    }),
  );
  return native;
}
