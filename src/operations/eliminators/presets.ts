import { answered } from './answered.js';
import { cutOff, empty, missingMarker, thinkingTags, tooLong, withoutWords } from './answer-form.js';
import type { Eliminator, EliminatorPreset } from './eliminator.js';
import { codeLostRule, inputLostRule, numbersLostRule } from './content-lost.js';
import { languageChanged } from './language-changed.js';
import { markerLeak, promptLeak, publishedPromptLeak } from './leaks.js';
import { listExplosion } from './list-explosion.js';
import { hardToAnswer, refusal } from './refusal.js';
import { nearDuplicateOfParent, noInformationGain, siblingDuplicate, unchanged } from './similarity.js';
import { stopWordsOnly } from './stop-words.js';

/** The rules of each preset in the order in which they are tried: causes before what follows from them. */
export const ELIMINATORS: Readonly<Record<EliminatorPreset, readonly Eliminator[]>> = {
  none: [empty],
  published: [empty, missingMarker],
  wizardlm: [empty, hardToAnswer, stopWordsOnly, noInformationGain, publishedPromptLeak],
  strict: [
    cutOff,
    thinkingTags,
    withoutWords,
    refusal,
    missingMarker,
    tooLong,
    markerLeak,
    promptLeak,
    unchanged,
    nearDuplicateOfParent,
    siblingDuplicate,
    listExplosion,
    answered,
    languageChanged,
    codeLostRule,
    numbersLostRule,
    inputLostRule,
  ],
};
