/** The ASCII bytes that JSON and CSV are told apart by. */
const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

/** Space, tab, line feed or carriage return. */
export const isBlank = (byte: number): boolean => byte === SPACE || byte === LF || byte === CR || byte === TAB;

/** How many of a file's first bytes are a mark before its text. */
export const byteOrderMark = (head: Buffer): number =>
  head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;

/** The first position from `from` on of what matters inside a JSON string: a quote, a backslash or a line feed. */
export function skipText(chunk: Buffer, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at];
    if (byte === QUOTE || byte === BACKSLASH || byte === LF) return at;
  }
  return chunk.length;
}
