import type { Random } from './random.js';

/** `count` of the numbers 0 to `of` - 1, without repetition, in ascending order; all of them where there are no more. */
export function sampleIndexes(of: number, count: number, random: Random): Int32Array {
  const indexes = Int32Array.from({ length: of }, (_, index) => index);
  if (count >= of) return indexes;
  for (let place = 0; place < count; place++) {
    const other = place + random.below(of - place);
    const [here = 0, there = 0] = [indexes[place], indexes[other]];
    indexes[place] = there;
    indexes[other] = here;
  }
  return indexes.subarray(0, count).sort();
}
