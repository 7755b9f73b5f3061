/**
 * The fewest words to insert, delete or replace that make `b` of `a` (Levenshtein, 1966), or null where there are more
 * than `most`. Takes O(most * length) steps.
 */
export function wordEdits(a: readonly string[], b: readonly string[], most: number): number | null {
  if (Math.abs(a.length - b.length) > most) return null;
  const infinite = most + 1;
  let above = Uint32Array.from({ length: b.length + 1 }, (_, j) => Math.min(j, infinite));
  for (let i = 1; i <= a.length; i++) {
    const row = new Uint32Array(b.length + 1).fill(infinite);
    if (i <= most) row[0] = i;
    // Cells farther than `most` from the diagonal can't be part of the way.
    for (let j = Math.max(1, i - most); j <= Math.min(b.length, i + most); j++) {
      const replaced = (above[j - 1] ?? infinite) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, (above[j] ?? infinite) + 1, (row[j - 1] ?? infinite) + 1);
    }
    above = row;
  }
  const edits = above[b.length] ?? infinite;
  return edits > most ? null : edits;
}
