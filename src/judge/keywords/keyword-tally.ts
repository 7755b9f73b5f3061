import type { ValueTally } from '../rows/row-measure.js';
import { normalPhrase } from './normal-phrase.js';

/** How often methods were summed up in the same words. */
export interface KeywordValues {
  /** Different phrases. */
  readonly distinct: number;
  /** The most frequent first, equally frequent ones by the alphabet. */
  readonly keywords: readonly { readonly keyword: string; readonly count: number }[];
}

export class KeywordTally implements ValueTally<string, KeywordValues> {
  readonly #counts = new Map<string, number>();

  /** @param top Phrases that are listed. */
  constructor(private readonly top: number) {}

  add(phrase: string): void {
    const keyword = normalPhrase(phrase);
    this.#counts.set(keyword, (this.#counts.get(keyword) ?? 0) + 1);
  }

  get values(): KeywordValues {
    const keywords = Array.from(this.#counts, ([keyword, count]) => ({ keyword, count }));
    keywords.sort((a, b) => b.count - a.count || (a.keyword < b.keyword ? -1 : 1));
    return { distinct: keywords.length, keywords: keywords.slice(0, this.top) };
  }
}
