import { EvosiftError } from '../base/errors.js';
import type { Tokenizer } from './tokenizer.js';

/** @throws EvosiftError `unsupported_tokenizer` where an id is outside the model's vocabulary. */
export function checkIds(sequences: readonly Int32Array[], tokenizer: Tokenizer, vocabSize: number): void {
  for (const ids of sequences) {
    for (const id of ids) {
      if (id >= 0 && id < vocabSize) continue;
      throw new EvosiftError(
        'unsupported_tokenizer',
        `Token ${id} (${JSON.stringify(tokenizer.tokenOf(id))}) is outside the model's vocabulary of ${vocabSize}.\n` +
          `The tokenizer in ${tokenizer.directory} is not this model's: use the one that the model came with.`,
      );
    }
  }
}
