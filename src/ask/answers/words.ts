/** Scripts that write no spaces between words: there each character counts as one. */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}])[\p{L}\p{M}\p{N}])+(?:['’.,](?=[\p{L}\p{N}])[\p{L}\p{M}\p{N}]+)*|[\p{Sm}\p{Sc}\p{So}^]/gu;

/** A text's words, numbers and symbols, in lower case and one form for each character. */
export const wordsOf = (text: string): readonly string[] => text.normalize('NFKC').toLowerCase().match(WORD) ?? [];

/** Characters of a text that evidence shows. */
const SHOWN = 60;

/** The beginning of a text, in quotes, as evidence shows it. */
export function shown(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return JSON.stringify(line.length <= SHOWN ? line : `${line.slice(0, SHOWN)}…`);
}
