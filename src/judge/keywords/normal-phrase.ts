/**
 * What phrases are counted by: the same in whatever case and width, with or without hyphens, quotation marks, an article
 * at the beginning and the plural of the last word.
 */
export function normalPhrase(phrase: string): string {
  const words = phrase
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{Pd}_/]+/gu, ' ')
    .replace(/[^\p{L}\p{M}\p{N}\s'’]+/gu, '')
    .trim()
    .split(/\s+/);
  const [first, ...others] = words;
  const named = /^(?:an?|the)$/.test(first ?? '') && others.length > 0 ? others : words;
  return [...named.slice(0, -1), singular(named.at(-1) ?? '')].join(' ');
}

/** "constraints", "difficulties", but not "process", "focus" or "analysis". */
function singular(word: string): string {
  if (/^(?:series|species)$/.test(word)) return word;
  if (/[^aeiou]ies$/.test(word) && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ch|sh|ss|x|z)es$/.test(word)) return word.slice(0, -2);
  return word.length > 3 && /[^sui'’]s$/.test(word) ? word.slice(0, -1) : word;
}
