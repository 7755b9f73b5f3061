/** `count` sequences of `length` tokens, every position but the first scored. */
export function batchOf(count: number, length: number) {
  const tokens = Int32Array.from({ length: count * length }, (_, i) => (i * 7919) % 4096);
  const starts = Int32Array.from({ length: count + 1 }, (_, i) => i * length);
  const spans = Int32Array.from({ length: 2 * count }, (_, i) => (i >> 1) * length + (i % 2 === 0 ? 1 : length));
  return { tokens, starts, spans };
}
