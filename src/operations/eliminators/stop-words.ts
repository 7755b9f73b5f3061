import type { Eliminator } from './eliminator.js';
import { shown, wordsOf } from '../../ask/answers/words.js';

/** Words that say nothing alone, of the languages that instructions are mostly written in. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a an and are as at be been but by can could did do does for from had has have he her him his how i if in into is ' +
    "it it's its me my no not of on or our she should so than that the their them then there these they this those to " +
    'us was we were what when where which who whom why will with would you your ' +
    'aber als am an auch auf aus bei das dass dem den der des die du ein eine einem einen einer es für hat ich ihr im ' +
    'ist ja mit nicht noch oder sein sich sie sind und uns von war was wenn wer wie wir wird zu zum zur ' +
    'au aux avec ce ces cette dans de des du elle en est et eux il ils je la le les leur lui mais me même mon ne nous ' +
    'on ou où par pas pour qu que qui sa se ses son sur ta te tu un une vous y ' +
    'al como con cuando del donde el ella ellos era eres es esta este esto ha la las lo los me mi muy nos o para pero ' +
    'por que quien se ser si sin su sus te tu un una uno y ya yo'
  ).split(' '),
);

export const stopWordsOnly: Eliminator = {
  name: 'stop_words_only',
  examine({ instruction }) {
    const words = wordsOf(instruction).filter((word) => /[\p{L}\p{N}]/u.test(word));
    return words.every((word) => STOP_WORDS.has(word))
      ? `There are only stop words in it: ${shown(instruction)}.`
      : null;
  },
};
