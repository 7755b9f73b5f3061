/** 16 digits in a row: an integer that a double may not hold. */
const LONG_DIGITS = /\d{16}/;
const LITERAL = /NaN|Infinity/;
const NUMBER = /-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)|NaN/y;

/**
 * `JSON.parse` that also takes what Python's json module writes: a NaN literal becomes null (a missing value), an
 * Infinity literal the number. Integers that a double can't hold become bigint.
 * Throws a SyntaxError for text that is no JSON.
 */
export function parseJson(text: string): unknown {
  if (!LONG_DIGITS.test(text)) {
    try {
      return JSON.parse(text);
    } catch (error) {
      if (!LITERAL.test(text)) throw error;
    }
  }
  let marker = 'integer:';
  while (text.includes(marker)) marker += ':';
  const plain = withoutExtensions(text, marker);
  if (!plain.includes(marker)) return JSON.parse(plain);
  return JSON.parse(plain, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(marker) ? BigInt(value.slice(marker.length)) : value,
  );
}

/** The same JSON text with NaN as null, Infinity as 1e999 and too long integers as strings that begin with `marker`. */
function withoutExtensions(text: string, marker: string): string {
  let plain = '';
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '"') {
      at = stringEnd(text, at);
    } else if ((char >= '0' && char <= '9') || char === '-' || char === 'N' || char === 'I') {
      NUMBER.lastIndex = at;
      const literal = NUMBER.exec(text)?.[0];
      if (literal === undefined) continue;
      plain += text.slice(copied, at) + plainNumber(literal, marker);
      copied = at + literal.length;
      at = copied - 1;
    }
  }
  return plain + text.slice(copied);
}

function plainNumber(literal: string, marker: string): string {
  if (literal === 'NaN') return 'null';
  if (literal === 'Infinity') return '1e999';
  if (literal === '-Infinity') return '-1e999';
  if (!/^-?[1-9]\d*$/.test(literal) || Number.isSafeInteger(Number(literal))) return literal;
  return `"${marker}${literal}"`;
}

/** Position of the quote that closes the string opened at `open`. */
function stringEnd(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}
