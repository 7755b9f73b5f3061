const NUMBER = String.raw`\d+(?:\.\d+)?`;
const OUT_OF = String.raw`[ \t]*(?:points?[ \t]*)?[(\[]?(?:/|out of|of)[ \t]*(?:\*\*|__)?(${NUMBER})(?:\*\*|__)?[)\]]?`;

/** A scale that ends at 100 is one of percent, too. */
const PERCENT = 100;

/** Why it is this number: whatever others are named there. */
const REASON = /^[\s,;:.(–—-]*\b(?:as|because|since)\b[^]*$/iu;

/** What makes it a number of something else: "5 stars", "1 million", "7 (of ten)". */
const OF_ANOTHER_SCALE =
  /^\s*(?!(?:points?|percent)\b)\p{L}|\b(?:of|von)\s+(?:three|four|five|six|seven|ten|twenty|fünf|zehn)\b|\bstars?\b|[★⭐]/iu;

/**
 * The number from 0 to `best` that a line begins with: of 10 "8", "8.5/10", "**9** out of 10". No other number may follow:
 * "7-8", "6 or 7", "4/5".
 *
 * @returns Null where there is none.
 */
export function numberIn(line: string, best: number): number | null {
  const pattern = new RegExp(
    String.raw`^[^\p{L}\d+\-−.]{0,4}(${NUMBER})(?:\*\*|__|[\])}"'])*(?:${OUT_OF})?(?!\.?\d)(.*)$`,
    'iu',
  );
  const [, digits, outOf = String(best), rest = ''] = pattern.exec(line) ?? [];
  if (digits === undefined || Number(outOf) !== best || (best !== PERCENT && /^[ \t]*%/.test(rest))) return null;
  const found = Number(digits);
  // Of percent, a fraction of one is a share of the scale as likely as a number on it.
  if (best === PERCENT && found > 0 && found < 1) return null;
  const beside = rest.replace(REASON, '');
  if (OF_ANOTHER_SCALE.test(beside)) return null;
  const others = beside.match(new RegExp(NUMBER, 'g')) ?? [];
  return found <= best && others.every((other) => Number(other) === found) ? found : null;
}

/** The number of a text that is nothing else. */
export const onlyNumber = (text: string, best: number): number | null =>
  new RegExp(`^[*_\\s]*${NUMBER}${best === PERCENT ? '%?' : ''}(?:${OUT_OF})?[*_.\\s]*$`, 'i').test(text)
    ? numberIn(text.trim(), best)
    : null;
