/**
 * What phrases are counted by: the same in whatever case and width, with or without hyphens, punctuation around words
 * ("C++" and "C#" keep theirs), an article at the beginning and a plain plural of the last word.
 */
export function normalPhrase(phrase: string): string {
  const words = phrase
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{Pd}_/]+/gu, ' ')
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}+#]+$/gu, ''))
    .filter((word) => word !== '');
  const [first, ...others] = words;
  const named = /^(?:an?|the)$/.test(first ?? '') && others.length > 0 ? others : words;
  return [...named.slice(0, -1), singular(named.at(-1) ?? '')].join(' ');
}

/** "constraints", "steps", "questions"; endings that words without a plural have, too, stay: "physics", "bias", "cases". */
const singular = (word: string): string => (/..(?:[tpkdm]|[io]n)s$/.test(word) ? word.slice(0, -1) : word);
