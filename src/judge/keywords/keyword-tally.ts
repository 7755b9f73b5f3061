import type { ValueTally } from '../rows/row-measure.js';
import { normalPhrase } from './normal-phrase.js';

/** How often methods were summed up in the same words. */
export interface KeywordValues {
  /** Different phrases. */
  readonly distinct: number;
  /** The most frequent first, equally frequent ones by the alphabet; each in its most frequent spelling. */
  readonly keywords: readonly { readonly keyword: string; readonly count: number }[];
}

export class KeywordTally implements ValueTally<string, KeywordValues> {
  /** How often each spelling occurs, by what they are counted as. */
  readonly #spellings = new Map<string, Map<string, number>>();

  /** @param top Phrases that are listed. */
  constructor(private readonly top: number) {}

  add(phrase: string): void {
    const key = normalPhrase(phrase);
    const spellings = this.#spellings.get(key) ?? new Map<string, number>();
    this.#spellings.set(key, spellings.set(phrase, (spellings.get(phrase) ?? 0) + 1));
  }

  get values(): KeywordValues {
    const groups = Array.from(this.#spellings, ([key, spellings]) => {
      const counts = [...spellings];
      const count = counts.reduce((sum, [, one]) => sum + one, 0);
      // Of equally frequent ones the first that came.
      const [keyword] = counts.reduce((best, one) => (one[1] > best[1] ? one : best));
      return { key, keyword, count };
    });
    groups.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
    const keywords = groups.slice(0, this.top).map(({ keyword, count }) => ({ keyword, count }));
    return { distinct: groups.length, keywords };
  }
}
