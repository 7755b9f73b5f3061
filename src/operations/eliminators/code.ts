/** A line that is no prose: it ends as statements do, or begins as declarations, directives and tags do. */
const CODE_LINE =
  /[;{}]\s*$|^\s*(?:def \w+\(|class \w+[:({]|import \w+|from \w+ import|function \w*\(|(?:const|let|var) \w+ ?=|#include|return\b.*;|(?:for|if|while) ?\(.*[{;)]$|(?:for|if|while) .*:$|print\(|SELECT .* FROM\b|<\/?[a-z]\w*[^>]*>\s*$)|^\s*\w+(?:\.\w+)* ?= ?\S+.*[\])"'\d]$/;

/** Fewer lines alone, without a fence, may be prose after all. */
const FEWEST_LINES = 2;

/** The pieces of code in a text: fenced blocks, spans in backticks, and lines that look like code. */
export function codeOf(text: string): readonly string[] {
  const fenced = [...text.matchAll(/```[\w+-]*\n?([\s\S]*?)(?:```|$)/g)].map(([, code = '']) => code);
  const prose = text.replace(/```[\s\S]*?(?:```|$)/g, '\n');
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  const lines = prose.split('\n').filter((line) => CODE_LINE.test(line));
  return [...fenced, ...spans, ...(lines.length >= FEWEST_LINES ? lines : [])].filter((code) => code.trim() !== '');
}

/** Names, keywords and numbers of code. */
export const codeWords = (code: string): ReadonlySet<string> =>
  new Set(code.match(/[\p{L}_][\p{L}\p{N}_]*|\d+/gu) ?? []);
