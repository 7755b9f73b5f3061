import { Template } from '@huggingface/jinja';

interface Tag {
  readonly text: string;
  readonly line: number;
  /** `if`, `endif`, …; empty for `{{ … }}` and comments. */
  readonly keyword: string;
}

const OPENING: ReadonlySet<string> = new Set(['if', 'for', 'macro', 'call', 'filter']);

/** Tags that mean nothing alone, in a block where they do. */
const IN_CONTEXT: Readonly<Record<string, (tag: string) => string>> = {
  if: (tag) => `${tag}{% endif %}`,
  elif: (tag) => `{% if true %}${tag}{% endif %}`,
  for: (tag) => `${tag}{% endfor %}`,
  macro: (tag) => `${tag}{% endmacro %}`,
  call: (tag) => `${tag}{% endcall %}`,
  filter: (tag) => `${tag}{% endfilter %}`,
};

/** The line, from 1, at which a template that does not parse goes wrong; null where that can't be told. */
export function lineOfMistake(source: string): number | null {
  const open: Tag[] = [];
  for (const tag of tagsOf(source)) {
    if (tag.keyword === 'else') continue;
    if (tag.keyword.startsWith('end')) {
      if (tag.keyword === 'endset') continue;
      if (open.pop()?.keyword !== tag.keyword.slice('end'.length)) return tag.line;
      continue;
    }
    if (!parses(IN_CONTEXT[tag.keyword]?.(tag.text) ?? tag.text)) return tag.line;
    if (OPENING.has(tag.keyword)) open.push(tag);
  }
  return open.at(-1)?.line ?? null;
}

/** The line, from 1, on which a tag first names the variable. */
export function lineOfVariable(source: string, name: string): number | null {
  const named = new RegExp(`(?<![\\w.])${name}(?!\\w)`);
  return tagsOf(source).find(({ text }) => !text.startsWith('{#') && named.test(text))?.line ?? null;
}

/** An unfinished tag reaches to the end. */
function tagsOf(source: string): readonly Tag[] {
  const tags = source.matchAll(/\{\{[\s\S]*?(?:\}\}|$)|\{%[\s\S]*?(?:%\}|$)|\{#[\s\S]*?(?:#\}|$)/g);
  return [...tags].map(({ 0: text, index }) => ({
    text,
    line: source.slice(0, index).split('\n').length,
    keyword: /^\{%[-+]?\s*(\w+)/.exec(text)?.[1] ?? '',
  }));
}

function parses(source: string): boolean {
  try {
    return new Template(source) instanceof Template;
  } catch {
    return false;
  }
}
