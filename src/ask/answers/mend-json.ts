/**
 * Mends in JSON text what is known to come of models that write code into it, before anything else is repaired:
 *
 * - a value in three quotation marks is taken as it is;
 * - `"a" * 3`, as Python has it, is written out;
 * - a backslash that begins no escape of JSON stays one (`\d`, `\'`), unless apostrophes are escaped throughout;
 * - a string over several lines was not written as JSON, and there `\n` is part of the code.
 */
export const mendJson = (text: string): string => escapes(products(tripleQuotes(text)), /^\s*\{\s*'/.test(text));

const tripleQuotes = (text: string): string =>
  text.replace(
    /(:\s*)("""|''')([\s\S]*?)\2(?=\s*[,}\]])/g,
    (_, colon: string, _quotes, inner: string) => colon + JSON.stringify(inner),
  );

/** Characters that a product may come to. */
const LONGEST_PRODUCT = 100_000;

const products = (text: string): string =>
  text.replace(/(:\s*)"((?:[^"\\\n]|\\.)*)"\s*\*\s*(\d{1,5})(?=\s*[,}\]])/g, (whole, ...groups: readonly string[]) => {
    const [colon = '', inner = '', times = ''] = groups;
    const length = inner.length * Number(times);
    return length > LONGEST_PRODUCT ? whole : `${colon}"${inner.repeat(Number(times))}"`;
  });

const STRING = /"((?:[^"\\]|\\[\s\S])*)"/g;

/** @param singleQuoted Whether the object's own strings are in single quotes: then `\'` is an escape of theirs. */
function escapes(text: string, singleQuoted: boolean): string {
  return text.replace(STRING, (_, inner: string) => {
    const isRaw = count(inner, /\n/g) > count(inner, /\\n/g);
    const apostrophes = singleQuoted || !/(?<!\\)'/.test(inner);
    const mended = inner.replace(/\\(u[\da-fA-F]{4}|[\s\S])/g, (escape, letter: string) => {
      if (letter === "'") return apostrophes ? (singleQuoted ? escape : letter) : `\\\\${letter}`;
      const isEscape = isRaw ? /^["\\/]/.test(letter) : /^(?:["\\/bfnrt]|u.+)/.test(letter);
      return isEscape ? escape : `\\\\${letter}`;
    });
    return `"${mended.replaceAll('\r\n', '\n').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;
  });
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
