import type { Eliminator } from './eliminator.js';
import { differentLanguages } from './language.js';
import { wordsOf } from '../../ask/answers/words.js';

/** An instruction with so many words of its parent is in the same language, and no detector is needed. */
const SHARED_WORDS = 0.5;

export const languageChanged: Eliminator = {
  name: 'language_changed',
  examine({ instruction, parent }) {
    if (sharedWords(instruction, parent.instruction) >= SHARED_WORDS) return null;
    const languages = differentLanguages(parent.instruction, instruction);
    return languages && `Its language is ${languages[1]}, its parent's ${languages[0]} (ISO 639-1).`;
  },
};

/** The share of a text's different words that the other one has too. */
function sharedWords(text: string, other: string): number {
  const [words, known] = [new Set(wordsOf(text)), new Set(wordsOf(other))];
  return [...words].filter((word) => known.has(word)).length / Math.max(1, words.size);
}
