import type { Parent } from '../operations/eliminators/eliminator.js';
import { codeLost, inputLost, numbersLost } from '../operations/eliminators/content-lost.js';
import { isRefusal } from '../ask/answers/refusal.js';
import { isUnchanged, nearDuplicate } from '../operations/eliminators/similarity.js';
import { wordsOf } from '../ask/answers/words.js';

/**
 * What went wrong when a method evolved an instruction, by rules on the instruction and on its answer: it did not
 * change (`stagnation`); it or its answer is a refusal; the answer asks for what is missing (`asking_back`) or is
 * polite and nothing else (`courtesy_only`); there is no evolved instruction (`missing_marker`); code, numbers or the
 * input went (`content_lost`).
 */
export type EvolutionFailure =
  'stagnation' | 'refusal' | 'asking_back' | 'courtesy_only' | 'missing_marker' | 'content_lost';

/**
 * Every failure of an evolution, each once.
 *
 * @param evolved Null where the answer held no instruction.
 * @param response The answer to the evolved instruction; null where there is none to judge.
 */
export function findFailures(
  parent: Parent,
  evolved: string | null,
  response: string | null,
): readonly EvolutionFailure[] {
  if (evolved === null || evolved.trim() === '') return ['missing_marker'];
  const rules: Readonly<Record<EvolutionFailure, boolean>> = {
    missing_marker: false,
    stagnation: isUnchanged(parent.instruction, evolved) || nearDuplicate(parent.instruction, evolved) !== null,
    content_lost: [codeLost, numbersLost, inputLost].some((lost) => lost(parent, evolved) !== null),
    refusal: isRefusal(evolved, parent.instruction) || (response !== null && isRefusal(response, evolved)),
    asking_back: response !== null && asksBack(response, evolved),
    courtesy_only: response !== null && isCourtesyOnly(response, evolved),
  };
  return FAILURES.filter((failure) => rules[failure]);
}

const FAILURES: readonly EvolutionFailure[] = [
  'missing_marker',
  'stagnation',
  'content_lost',
  'refusal',
  'asking_back',
  'courtesy_only',
];

/** An answer that goes on for longer has said something. */
const LONGEST_QUESTION = 400;

const MISSING =
  /\bplease (?:provide|share|specify|clarify|tell me|send|paste|upload|supply|let me know|give me)\b|\b(?:can|could|would) you (?:please |kindly )?(?:provide|share|specify|clarify|tell me|send|paste|give me|elaborate)\b|\bi (?:need|would need|require) (?:more|additional|further) (?:information|context|details?)\b|\bwhat (?:exactly )?(?:would you like|do you (?:want|need|mean))\b|\b(?:bitte|könnten sie|kannst du) .{0,40}(?:angeben|nennen|senden|mitteilen|bereitstellen)|\b(?:veuillez|pourriez-vous|pouvez-vous) .{0,30}(?:fournir|préciser|donner|partager|indiquer)|\b(?:por favor|podrías|puedes|podría),? .{0,20}(?:proporcion|compart|especific|indi[cq]|dime)|请(?:您)?(?:提供|告诉|说明|给出|补充)|(?:教えて|提供して|ご提供)(?:ください|いただけ)/i;

/** Instructions whose answers may well ask somebody for something. */
const TALK =
  /\b(?:ask\w*|questions?|interview\w*|e-?mails?|letters?|messages?|dialog(?:ue)?s?|conversations?|chat\w*|role-?play\w*|surveys?|scripts?|requests?|translat\w*|support|customer|polite\w*)\b|frage|brief|lettre|question|carta|correo|pregunta|邮件|信|问题|对话|翻译|メール|手紙|質問|翻訳/i;

const asksBack = (response: string, instruction: string): boolean =>
  response.trim().length <= LONGEST_QUESTION && MISSING.test(response) && !TALK.test(instruction);

/** Sentences that say nothing but that somebody is being polite. */
const COURTESY =
  /^(?:sure|certainly|of course|absolutely|understood|okay|ok|got it|great|alright|no problem|thank(?:s| you)[^.!?]{0,60}|you(?:['’]re| are) welcome|(?:i['’]m|i am|i['’]d be|i would be) (?:happy|glad|here|delighted) to (?:help|assist)[^.!?]{0,40}|i hope (?:this|that) helps[^.!?]{0,20}|(?:please )?(?:feel free|don['’]t hesitate) to[^.!?]{0,60}|(?:how (?:can|may) i (?:help|assist)[^.!?]{0,30})|let me know if[^.!?]{0,80}|is there anything else[^.!?]{0,60}|i (?:understand|will do (?:that|this|my best))[^.!?]{0,40}|natürlich|gerne|verstanden|danke[^.!?]{0,40}|bien sûr|compris|d['’]accord|merci[^.!?]{0,40}|claro|por supuesto|entendido|gracias[^.!?]{0,40}|当然|好的|明白了|谢谢.{0,20}|不客气|はい|かしこまりました|承知しました|ありがとうございます)$/i;

const isCourtesyOnly = (response: string, instruction: string): boolean => {
  const sentences = response.split(/[.!?。！？,，\n]+/).map((sentence) => sentence.trim());
  const said = sentences.filter((sentence) => wordsOf(sentence).length > 0);
  const polite = said.length > 0 && said.every((sentence) => COURTESY.test(sentence));
  return polite && !isUnderstoodAsAsked(response, instruction);
};

/** A polite phrase may be the very answer: to how one says thanks, or to a question of yes or no. */
const isUnderstoodAsAsked = (response: string, instruction: string): boolean =>
  /\b(?:thank|greet|polite|courte|phrase|reply|respond with|say)\w*\b/i.test(instruction) &&
  wordsOf(response).length <= 12;
