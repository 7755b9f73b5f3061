/**
 * The fewest words to insert, delete or replace that make `b` of `a` (Levenshtein, 1966), or null where there are more
 * than `most`. Follows the farthest way along each diagonal (Ukkonen, 1985): about `most` squared steps.
 */
export function wordEdits(a: readonly string[], b: readonly string[], most: number): number | null {
  const last = b.length - a.length;
  if (Math.abs(last) > most) return null;
  /** Along diagonal k, from word i of `a` and word i + k of `b`, past the words that are equal. */
  const slide = (from: number, k: number): number => {
    let i = from;
    while (i < a.length && i + k < b.length && a[i] === b[i + k]) i++;
    return i;
  };
  let farthest = new Map([[0, slide(0, 0)]]);
  for (let edits = 0; edits <= most; edits++) {
    if ((farthest.get(last) ?? -1) >= a.length) return edits;
    const next = new Map<number, number>();
    for (let k = Math.max(-edits - 1, -a.length); k <= Math.min(edits + 1, b.length); k++) {
      const replaced = (farthest.get(k) ?? -1) + 1;
      const deleted = (farthest.get(k + 1) ?? -1) + 1;
      const inserted = farthest.get(k - 1) ?? -1;
      const i = Math.min(Math.max(replaced, deleted, inserted), a.length, b.length - k);
      if (i >= 0) next.set(k, slide(i, k));
    }
    farthest = next;
  }
  return null;
}
