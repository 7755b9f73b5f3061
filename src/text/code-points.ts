/** From UTF-16 positions in a text to code points, in which tokenizers count. */
export function codePointPositions(text: string): (position: number) => number {
  if (!/[\ud800-\udfff]/.test(text)) return (position) => position;
  const positions = new Int32Array(text.length + 1);
  let count = 0;
  for (let at = 0; at < text.length; count++) {
    const width = (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    positions.fill(count, at, at + width);
    at += width;
  }
  positions[text.length] = count;
  return (position) => positions[position] ?? count;
}
