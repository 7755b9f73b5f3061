const OMISSION = ' […] ';

/** A text of `length` UTF-16 units at most: what is too long loses its middle, for both ends say what a task is about. */
export function excerpt(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = Math.max(0, length - OMISSION.length);
  const tail = Math.floor(kept / 2);
  // A cut through a character takes its other half away as well.
  const begin = text.slice(0, kept - tail).replace(/[\uD800-\uDBFF]$/, '');
  const end = text.slice(text.length - tail).replace(/^[\uDC00-\uDFFF]/, '');
  return `${begin}${OMISSION}${end}`;
}
