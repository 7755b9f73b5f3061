/**
 * A function as a model gave it, as Python that can be run. Well-formed code stays as it is, byte for byte. Otherwise:
 *
 * - a fence around it and a label before it are taken off;
 * - line breaks that were escaped once too often become line breaks, and those that were escaped once too little, alone
 *   between quotation marks, become `\n` again;
 * - a backspace, which JSON makes of the `\b` of a pattern, becomes `\b` again;
 * - what all lines are indented by is taken off.
 */
export const pythonCode = (text: string): string =>
  dedented(quotedBreaks(unescaped(withoutLabel(withoutFence(text.replaceAll('\r\n', '\n')))))).replaceAll('\b', '\\b');

/** Also one that was not closed. */
function withoutFence(text: string): string {
  const [, inside] = /^\s*```[ \t]*\w*[ \t]*\n([\s\S]*?)(?:\n[ \t]*```\s*)?$/.exec(text) ?? [];
  return inside ?? text;
}

/** "python", "Here is the function:". */
const LABEL = /^\s*(?:python\d?|py|[^\n()=]{0,80}\b(?:code|function|script|python)\b[^\n()=]{0,40}:)[ \t]*\n/i;

const withoutLabel = (text: string): string => (/^\s*(?:async\s+)?def\b/.test(text) ? text : text.replace(LABEL, ''));

/**
 * `def evaluate(response):\n    …`, where `\n` is a backslash and a letter. The parameters are short, or a text that
 * repeats the beginning would take a time that grows with its square.
 */
const ESCAPED_ONCE_MORE = /\bdef\s+evaluate\s*\([^)]{0,200}\)[^:'"\n]*:\s*(?:#[^\n]*?)?\\n/;

function unescaped(code: string): string {
  if (code.trim().includes('\n') || !ESCAPED_ONCE_MORE.test(code)) return code;
  return code.replace(/\\([\\nt"])/g, (escape, letter: string, at: number) => {
    // Alone between quotation marks it was escaped as often as it should be.
    if (letter === 'n' && isQuoted(code, at, escape.length)) return escape;
    return { n: '\n', t: '\t' }[letter] ?? letter;
  });
}

const isQuoted = (code: string, at: number, length: number): boolean =>
  /['"]/.test(code[at - 1] ?? '') && code[at - 1] === code[at + length];

/** `split('⏎')` can't be meant: no string of one quotation mark goes over lines. */
const quotedBreaks = (code: string): string =>
  code.replace(
    /(?<=[([,=\s])(['"])(\n+)\1(?=[)\],:.\s]|$)/g,
    (_, quote: string, breaks: string) => quote + '\\n'.repeat(breaks.length) + quote,
  );

function dedented(code: string): string {
  const lines = code.split('\n');
  const filled = lines.filter((line) => line.trim() !== '');
  const indent = filled.reduce<string | null>((common, line) => {
    const own = /^[ \t]*/.exec(line)?.[0] ?? '';
    if (common === null) return own;
    let shared = 0;
    while (shared < common.length && common[shared] === own[shared]) shared++;
    return common.slice(0, shared);
  }, null);
  if (indent === null || indent === '') return code;
  return lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart())).join('\n');
}
