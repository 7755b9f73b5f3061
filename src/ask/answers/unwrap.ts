/** What models write before an instruction that they were to write alone. */
const LABELS: readonly RegExp[] = [
  // "#Rewritten Prompt#:", "**New instruction:**", "The revised question:"
  /^(?:#+[ \t]*|\*\*|__)?[ \t]*(?:the[ \t]+)?(?:(?:new|re-?written|revised|evolved|updated|final(?:ly)?|created|improved|modified|harder|edited)[ \t]+){1,2}(?:prompt|instruction|question|problem|task|version)[ \t]*#*(?:\*\*|__)?[ \t]*(?::[ \t]*(?:\*\*|__)?|#|(?=\n))/i,
  // "Sure! Here is the rewritten instruction:"
  /^(?:(?:sure|certainly|of course|okay|ok|absolutely)[ \t]*[,.!:][ \t\n]*)?here(?:['’]s| is)[ \t]+(?:the|a|an|your|my|one)[ \t](?:[^\n:.]{0,60}[ \t])?(?:prompt|instruction|question|problem|task|version)\b[^\n:.]{0,60}:/i,
  /^(?:instruction|prompt)[ \t]*:/i,
];

const QUOTES: readonly (readonly [open: string, close: string])[] = [
  ['"', '"'],
  ["'", "'"],
  ['“', '”'],
  ['„', '“'],
  ['«', '»'],
  ['「', '」'],
  ['『', '』'],
];

/** The text without a wrapping of one kind; null where it has none. */
type Layer = (text: string, prompt: string) => string | null;

/** Layers that are taken off at most: a label, a fence, quotes, bold, tags, and one more label. */
const LAYERS = 6;

function withoutLabel(text: string): string | null {
  const label = LABELS.map((pattern) => pattern.exec(text)?.[0]).find((match) => match !== undefined);
  return label === undefined ? null : text.slice(label.length);
}

/** The label at the prompt's end, which a model may write once more. */
function withoutCue(text: string, prompt: string): string | null {
  const cue = /(?:^|\n)[ \t]*([^\n]{1,60}[:：#])[ \t]*$/.exec(prompt.trimEnd())?.[1];
  return cue !== undefined && text.toLowerCase().startsWith(cue.toLowerCase()) ? text.slice(cue.length) : null;
}

function withoutTags(text: string, prompt: string): string | null {
  const [, tag = '', inner] = /^<(\w+)>([\s\S]*)<\/\1>$/.exec(text) ?? [];
  return inner !== undefined && prompt.includes(`<${tag}>`) && !inner.includes(`<${tag}>`) ? inner : null;
}

const withoutFence: Layer = (text) => {
  const inner = /^```(?:text|txt|plaintext|markdown|md)?[ \t]*\n([\s\S]*)\n[ \t]*```$/i.exec(text)?.[1];
  return inner === undefined || inner.includes('```') ? null : inner;
};

const withoutQuotes: Layer = (text) => {
  const pair = QUOTES.find(([open, close]) => text.length > 2 && text.startsWith(open) && text.endsWith(close));
  if (pair === undefined) return null;
  const inner = text.slice(1, -1);
  const apart = pair[0] === "'" ? inner.replace(/(?<=\p{L})'(?=\p{L})/gu, '') : inner;
  return pair.some((quote) => apart.includes(quote)) ? null : inner;
};

const withoutBold: Layer = (text) => /^\*\*((?:(?!\*\*)[\s\S])+)\*\*$/.exec(text)?.[1] ?? null;

const LAYER_KINDS: readonly Layer[] = [withoutLabel, withoutCue, withoutTags, withoutFence, withoutQuotes, withoutBold];

/**
 * Takes off what only wraps the whole of an instruction: labels, tags of the prompt, code fences without a programming
 * language, quotation marks, bold. What the parent is wrapped in itself stays.
 *
 * @param prompt The label that it ends with is taken off too.
 */
export function unwrap(text: string, prompt: string, parent: string): string {
  let bare = text.trim();
  for (let layer = 0; layer < LAYERS; layer++) {
    const next = LAYER_KINDS.map((strip) => strip(bare, prompt)).find(
      (stripped, kind) => stripped !== null && LAYER_KINDS[kind]?.(parent.trim(), prompt) === null,
    );
    if (next == null) break;
    bare = next.trim();
  }
  return bare;
}
