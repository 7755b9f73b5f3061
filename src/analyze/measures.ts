import type { Bins } from '../statistics/histogram.js';

/** What is measured of a row, by its name in the library. */
export interface Measure {
  readonly unit: 'nats' | 'tokens' | 'characters' | 'words' | null;
  /** Those of its histograms: the same in every analysis, so that any two can be laid over each other; of distances that go beyond
   * those of unit vectors, as far as these go. */
  readonly bins: Bins;
}

const LOSS = { unit: 'nats', bins: { from: 0, to: 10, count: 50 } } as const;
const TOKENS = { unit: 'tokens', bins: { from: 0, to: 2048, count: 64 } } as const;
const CHARACTERS = { unit: 'characters', bins: { from: 0, to: 8192, count: 64 } } as const;
const WORDS = { unit: 'words', bins: { from: 0, to: 1024, count: 64 } } as const;
const SHARE = { unit: null, bins: { from: 0, to: 1, count: 50 } } as const;
const ENTROPY = { unit: 'nats', bins: { from: 0, to: 5, count: 50 } } as const;

/** All measures of a row, in the order in which they are told. */
export const MEASURES = {
  lossQ: LOSS,
  lossA: LOSS,
  lossAGivenQ: LOSS,
  ifd: { unit: null, bins: { from: 0, to: 2, count: 50 } },
  icIfd: { unit: null, bins: { from: 0, to: 1, count: 50 } },
  /** Tokens of the instruction, and those of the answer that L(A|Q) averages. */
  tokensInstruction: TOKENS,
  tokensA: TOKENS,
  charactersInstruction: CHARACTERS,
  charactersResponse: CHARACTERS,
  wordsInstruction: WORDS,
  wordsResponse: WORDS,
  /** From the row's instruction to the nearest other one of its run. */
  minNeighborDistance: { unit: null, bins: { from: 0, to: 4, count: 80 } },
  /** Of the answer that made the instruction, and of the one that is the response: means over its positions. */
  instructionTop1: SHARE,
  instructionEntropy: ENTROPY,
  responseTop1: SHARE,
  responseEntropy: ENTROPY,
} as const satisfies Readonly<Record<string, Measure>>;

export type MeasureName = keyof typeof MEASURES;

export const MEASURE_NAMES = Object.keys(MEASURES) as MeasureName[];

/** All measures, one of them with other bins. */
export const withBins = (name: MeasureName, bins: Bins): Readonly<Record<MeasureName, Measure>> => ({
  ...MEASURES,
  [name]: { ...MEASURES[name], bins },
});

/** Something for each of some measures. */
export type ByMeasure<Value> = { readonly [Name in MeasureName]?: Value };
