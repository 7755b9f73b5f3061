import { eld } from 'eld/extrasmall';

/** Texts shorter than this, in characters, are not judged. */
const SHORTEST_JUDGED = 40;

/** How much more a text must look like its own language than like the other one, on the detector's scale of 0 to 1. */
const LEAST_MARGIN = 0.1;

/** The detector itself reads no more than the first 1,000 characters. */
const MOST_READ = 4_000;

type Detected = ReturnType<typeof eld.detect>;

/** Null for short texts. Code, addresses and quotations don't count: they may be in any language. */
function detect(text: string): Detected | null {
  const prose = text
    .slice(0, MOST_READ)
    .replace(/```[\s\S]*?(?:```|$)|`[^`\n]*`|https?:\/\/\S+/g, ' ')
    // Formulas and numbers.
    .replace(/[!-~]{0,40}[\d=+^_\\${}|<>~][!-~]{0,40}/g, ' ')
    .replace(/"[^"\n]*"|“[^”\n]*”|„[^“”\n]*[“”]|«[^»\n]*»|「[^」\n]*」/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return prose.length < SHORTEST_JUDGED ? null : eld.detect(prose);
}

/** Whether a text is surely English. */
export function isEnglish(text: string): boolean {
  const found = detect(text);
  return found?.language === 'en' && found.isReliable();
}

/** The languages (ISO 639-1) of two texts where they are surely different; null for relatives that may be mistaken. */
export function differentLanguages(a: string, b: string): readonly [string, string] | null {
  const one = detect(a);
  const other = one && detect(b);
  if (one === null || other === null || one.language === other.language) return null;
  const sure = isClearly(one, other.language) && isClearly(other, one.language);
  return sure ? [one.language, other.language] : null;
}

function isClearly(found: Detected, rival: string): boolean {
  if (found.language === '' || !found.isReliable()) return false;
  const scores = found.getScores();
  return (scores[found.language] ?? 0) - (scores[rival] ?? 0) >= LEAST_MARGIN;
}
