import type { Eliminator, Parent } from './eliminator.js';
import { codeOf, codeWords } from './code.js';
import { allNumbers, digitNumbers } from './numbers.js';
import { shown, wordsOf } from '../../ask/answers/words.js';

/** A harder task may change its code and its numbers; only where they went and nothing came is something lost. */
const LEAST_KEPT = 0.5;

/** Evidence that the code of an instruction is gone: none is left, and fewer than half of its words. */
export function codeLost({ instruction }: Parent, evolved: string): string | null {
  const code = codeOf(instruction);
  if (code.length === 0 || codeOf(evolved).length > 0) return null;
  const words = codeWords(code.join('\n'));
  const left = codeWords(evolved);
  const kept = [...words].filter((word) => left.has(word)).length;
  return kept >= words.size * LEAST_KEPT ? null : `The code of its parent is gone: ${shown(code[0] ?? '')}.`;
}

/** A single number may well be reworded. */
const FEWEST_NUMBERS = 2;

/** Evidence that most numbers of an instruction are gone and no others came. Those of the input stay anyway. */
export function numbersLost({ instruction, input }: Parent, evolved: string): string | null {
  const beside = digitNumbers(input);
  const numbers = [...digitNumbers(instruction)].filter((number) => !beside.has(number));
  const left = allNumbers(evolved);
  const kept = numbers.filter((number) => left.has(number));
  const least = numbers.length * LEAST_KEPT;
  if (numbers.length < FEWEST_NUMBERS || kept.length >= least || left.size >= least) return null;
  const gone = numbers.filter((number) => !left.has(number));
  return `Numbers of its parent are gone: ${gone.slice(0, 5).join(', ')}.`;
}

/** Words by which an instruction points at what stands beside it, in the languages that they are most used in. */
const POINTING =
  /\b(?:the|this|these|those|that|following|below|above|given|provided|input|it|its|them|their|der|die|das|den|dem|diese[rsnm]?|folgende\w*|gegebene\w*|le|la|les|l['’]\w+|ce|cet|cette|ces|suivante?s?|el|los|las|est[eao]s?|siguientes?|il|lo|gli|i|quest[oaei]|seguent[ei]|o|os|as|estes?|estas?|seguintes?|de|het|deze|dit|volgende)\b|эт[оаиу]|следующ|данн|[这這以下此该該]|この|その|次の|이|그|다음/i;

/** Shorter ones may point without a word of those. */
const FEWEST_WORDS = 8;

/** Evidence that an instruction has nothing to do with the input beside it: no word shared with it or with the parent. */
export function inputLost({ instruction, input }: Parent, evolved: string): string | null {
  if (input.trim() === '') return null;
  const words = wordsOf(evolved);
  if (words.length < FEWEST_WORDS || POINTING.test(evolved)) return null;
  const known = new Set([...wordsOf(instruction), ...wordsOf(input)].filter(isContent));
  return words.some((word) => isContent(word) && known.has(word))
    ? null
    : `It has no word in common with the input that stays beside it: ${shown(input)}.`;
}

/** Long enough to mean something, in scripts that write words with spaces. */
const isContent = (word: string): boolean => word.length > 3 || /[^\p{Script=Latin}\p{Script=Cyrillic}]/u.test(word);

export const codeLostRule: Eliminator = {
  name: 'code_lost',
  examine: ({ instruction, parent, breadth }) => (breadth ? null : codeLost(parent, instruction)),
};

export const numbersLostRule: Eliminator = {
  name: 'numbers_lost',
  examine: ({ instruction, parent, breadth }) => (breadth ? null : numbersLost(parent, instruction)),
};

/** For breadth too: the input is carried along whatever is asked of it. */
export const inputLostRule: Eliminator = {
  name: 'input_lost',
  examine: ({ instruction, parent }) => inputLost(parent, instruction),
};
