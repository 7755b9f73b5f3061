import { Random } from '../../statistics/random.js';
import { Reservoir } from '../../statistics/reservoir.js';

/** Texts of a run that the sample of its words is taken from. */
const SAMPLED_TEXTS = 2_000;

export const FIELDS = ['instruction', 'response'] as const;
export type Field = (typeof FIELDS)[number];

/** How rich the words of a run's instructions or responses are. */
export interface VocabularyReport {
  readonly run: string;
  readonly field: Field;
  /** Of all texts, repetitions and all; and different ones. */
  readonly words: number;
  readonly uniqueWords: number;
  /** Shares of a number of words depend on that number: these are of equally many words in all runs. */
  readonly sample: {
    readonly words: number;
    /** Different words over words, which is also called distinct-1. */
    readonly typeTokenRatio: number | null;
    /** Different pairs of neighbouring words over such pairs (Li et al. 2016), within texts. */
    readonly distinct2: number | null;
  };
}

/** A run's words of one field, as its rows come. */
class FieldWords {
  #words = 0;
  readonly #unique = new Set<string>();
  readonly #sample: Reservoir<readonly string[]>;

  constructor(seed: number) {
    this.#sample = new Reservoir(SAMPLED_TEXTS, Random.of(seed));
  }

  add(words: readonly string[]): void {
    this.#words += words.length;
    for (const word of words) this.#unique.add(word);
    this.#sample.add(words);
  }

  get sampled(): number {
    return this.#sample.items.reduce((sum, { length }) => sum + length, 0);
  }

  report(words: number): Omit<VocabularyReport, 'run' | 'field'> {
    return { words: this.#words, uniqueWords: this.#unique.size, sample: richness(this.#sample.items, words) };
  }
}

/** The words of all runs. */
export class Vocabulary {
  readonly #runs = new Map<string, Readonly<Record<Field, FieldWords>>>();

  /** @param seed The texts that are sampled depend on it. */
  constructor(private readonly seed: number) {}

  add(run: string, words: Readonly<Record<Field, readonly string[]>>): void {
    const own = this.#runs.get(run) ?? {
      instruction: new FieldWords(this.seed),
      response: new FieldWords(this.seed),
    };
    this.#runs.set(run, own);
    for (const field of FIELDS) own[field].add(words[field]);
  }

  report(): VocabularyReport[] {
    const runs = [...this.#runs];
    return FIELDS.flatMap((field) => {
      const words = Math.min(...runs.map(([, own]) => own[field].sampled));
      return runs.map(([run, own]) => ({ run, field, ...own[field].report(words) }));
    });
  }
}

/** Of the first `most` words of some texts. */
export function richness(texts: readonly (readonly string[])[], most: number): VocabularyReport['sample'] {
  const [unique, uniquePairs] = [new Set<string>(), new Set<string>()];
  let [words, pairs] = [0, 0];
  for (const text of texts) {
    for (const [place, word] of text.entries()) {
      if (words === most) break;
      words++;
      unique.add(word);
      if (place === 0) continue;
      pairs++;
      uniquePairs.add(`${text[place - 1]} ${word}`);
    }
  }
  return { words, typeTokenRatio: share(unique.size, words), distinct2: share(uniquePairs.size, pairs) };
}

const share = (different: number, all: number): number | null => (all === 0 ? null : different / all);
