import type { Evolved, Eliminator } from './eliminator.js';
import { isEnglish } from './language.js';
import { asksForSomething } from './request-words.js';
import { shown, wordsOf } from '../../ask/answers/words.js';

/** Signs of an answer, each in a text whose parent does not hold the same. */
const SIGNS: readonly RegExp[] = [
  // GSM8K and competition mathematics end so.
  /(?:^|\n)#{4}\s*-?\$?\d[\d,.]*\s*$/,
  /\\boxed\{[^}\n]+\}/,
  // A label with something behind it, first or in a paragraph of its own.
  /(?:^|\n[ \t]*\n[ \t]*)(?:#+[ \t]*|\*\*)?(?:answer|solution|response|antwort|lösung|réponse|respuesta|solución|risposta|resposta|ответ|答案|回答|解答|答え)[ \t]*#*(?:\*\*)?[ \t]*[:：](?:\*\*)?[ \t]*\n?[ \t]*[^\s_.…[(<]/i,
  /^(?:therefore,? |so,? |thus,? )?the (?:final |correct )?answer is\b/i,
  // "Sure! Here is a short poem about the sea:"
  /^(?:(?:sure|certainly|of course|absolutely|okay|great)\b[^.!\n]{0,20}[,.!:]\s*)?here(?:['’]s|\s(?:is|are))\s(?:an?|some|the|my|your|one|\w+)\s(?!(?:[^\n.:]{0,60}\s)?(?:instructions?|prompts?|questions?|problems?|tasks?|versions?|scenarios?|situations?|challenges?)\b)[^\n.]{0,80}[:\n]/i,
];

/** Fewer words may be a title, as instructions sometimes are. */
const FEWEST_WORDS = 8;

/**
 * The parent was answered where it should have been rewritten: there is a sign that only answers have, or an English
 * text asks for nothing although its parent does.
 */
export const answered: Eliminator = {
  name: 'answered',
  examine: (candidate) => signOfAnAnswer(candidate) ?? plainStatement(candidate),
};

function signOfAnAnswer({ instruction, parent }: Evolved): string | null {
  const sign = SIGNS.find((pattern) => pattern.test(instruction) && !pattern.test(parent.instruction));
  const match = sign?.exec(instruction)?.[0];
  return match === undefined ? null : `It reads as an answer: ${shown(match)}.`;
}

function plainStatement({ instruction, parent }: Evolved): string | null {
  if (asksForSomething(instruction) || !asksForSomething(parent.instruction)) return null;
  if (wordsOf(instruction).length < FEWEST_WORDS || !isEnglish(instruction)) return null;
  return `It asks for nothing, though its parent does: ${shown(instruction)}.`;
}
