import type { Eliminator } from './eliminator.js';
import { shown } from '../../ask/answers/words.js';

/** Rules on how the answer came, whatever it says. */

export const empty: Eliminator = {
  name: 'empty',
  examine: ({ instruction }) => (instruction === '' ? 'There is no text in the answer.' : null),
};

export const withoutWords: Eliminator = {
  name: 'empty',
  examine: ({ instruction }) =>
    /[\p{L}\p{N}]/u.test(instruction) ? null : `There is neither a letter nor a digit in it: ${shown(instruction)}.`,
};

export const cutOff: Eliminator = {
  name: 'cut_off',
  examine: ({ finishReason }) => (finishReason === 'length' ? 'The answer was cut at the most tokens allowed.' : null),
};

export const thinkingTags: Eliminator = {
  name: 'thinking_tags',
  examine: ({ thinking }) =>
    thinking === '' ? null : `The answer holds thinking (${shown(thinking)}); let the server keep it apart.`,
};

export const missingMarker: Eliminator = {
  name: 'missing_marker',
  examine: ({ markerFound, marker }) => (markerFound ? null : `The answer does not hold ${marker ?? 'the marker'}.`),
};

export const tooLong: Eliminator = {
  name: 'too_long',
  examine({ instruction, parent, maxCharacters }) {
    const characters = instruction.length + parent.input.length;
    if (maxCharacters === null || characters <= maxCharacters) return null;
    return `It has ${characters} characters with its input, and the scorer can hold about ${maxCharacters}.`;
  },
};
