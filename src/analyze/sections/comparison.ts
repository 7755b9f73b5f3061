import { EvosiftError } from '../../base/errors.js';
import type { ByMeasure, MeasureName } from '../measures.js';
import type { RowTable } from '../rows/row-table.js';
import { percentileInterval, resampledMeans } from '../../statistics/bootstrap.js';
import { mean } from '../../statistics/mean.js';
import { Random } from '../../statistics/random.js';
import { sampleIndexes } from '../../statistics/sample.js';

const COMPARED = [
  'lossQ',
  'lossA',
  'lossAGivenQ',
  'ifd',
  'icIfd',
  'tokensInstruction',
  'tokensA',
] as const satisfies MeasureName[];

export interface ComparisonOptions {
  /** Rows of each run; null: as many as the smallest has. */
  readonly sample: number | null;
  readonly seed: number;
  readonly resamples: number;
  /** Of the intervals, between 0 and 1. */
  readonly confidence: number;
}

/** A value, and the interval that it lies in with the confidence that was asked for. */
export interface IntervalEstimate {
  readonly value: number;
  /** Null where it is of fewer than two rows, which say nothing of how others would be. */
  readonly low: number | null;
  readonly high: number | null;
}

/** Runs side by side, by samples of equal size. */
export interface ComparisonReport extends Omit<ComparisonOptions, 'sample'> {
  /** Rows of each sample, drawn without repetition by the seed. */
  readonly sampleSize: number;
  /** The mean of each measure in each run's sample. */
  readonly means: readonly {
    readonly run: string;
    /** Scored seeds of an evolution, of which none is drawn. */
    readonly seedsLeftOut: number;
    readonly measures: ByMeasure<IntervalEstimate>;
  }[];
  /** Of each two runs, the first one's mean less the second one's. The samples are taken to be independent of each other. */
  readonly differences: readonly {
    readonly a: string;
    readonly b: string;
    readonly measures: ByMeasure<IntervalEstimate>;
  }[];
}

/** A measure's mean in a run's sample, and its resamples' means. */
interface Resampled {
  readonly value: number;
  /** Those that have it. */
  readonly rows: number;
  readonly means: Float64Array;
}

/**
 * Compares runs by the means of their measures, with percentile bootstrap intervals (Efron 1979); evolutions by the rows
 * that they made, without their seeds.
 *
 * @throws EvosiftError `bad_argument` where a run has fewer rows than the sample is to have, `bad_data` where it has but seeds.
 */
export async function compareRuns(
  table: RowTable,
  runs: readonly string[],
  { sample, ...options }: ComparisonOptions,
): Promise<ComparisonReport> {
  const { seed, resamples, confidence } = options;
  const random = Random.of(seed);
  const columns: Readonly<Record<(typeof COMPARED)[number], Float64Array>>[] = [];
  const seeds: number[] = [];
  // A connection streams one result at a time.
  for (const run of runs) {
    columns.push(await table.columns(COMPARED, run, { withoutSeeds: true }));
    seeds.push(await table.seeds(run));
  }
  const sizes = columns.map(({ lossA }) => lossA.length);
  const empty = sizes.indexOf(0);
  if (empty >= 0) {
    const text = `${runs[empty]} has scored seeds, and no scored row that it made: there is nothing to compare; analyse it by itself`;
    throw new EvosiftError('bad_data', text);
  }
  const sampleSize = sample ?? Math.min(...sizes);
  const small = sizes.findIndex((size) => size < sampleSize);
  if (small >= 0) {
    const text = `analyze: \`sample\` is ${sampleSize}, but ${runs[small]} has ${sizes[small]} scored rows${seeds[small] === 0 ? '' : ' beside its seeds'}`;
    throw new EvosiftError('bad_argument', text, { option: 'sample' });
  }
  const resampled = columns.map((all) => {
    const rows = sampleIndexes(all.lossA.length, sampleSize, random);
    const drawn = COMPARED.map((name) => Float64Array.from(rows, (row) => all[name][row] ?? NaN));
    const means = resampledMeans(drawn, resamples, random);
    return COMPARED.map((_, number): Resampled => {
      const values = (drawn[number] ?? new Float64Array()).filter((value) => !Number.isNaN(value));
      return { value: mean(values), rows: values.length, means: means[number] ?? new Float64Array() };
    });
  });
  const estimates = (of: readonly Resampled[]): ByMeasure<IntervalEstimate> => byMeasure(of, confidence);
  return {
    ...options,
    sampleSize,
    means: resampled.map((own, place) => ({
      run: runs[place] ?? '',
      seedsLeftOut: seeds[place] ?? 0,
      measures: estimates(own),
    })),
    differences: resampled.flatMap((one, place) =>
      resampled.slice(place + 1).map((other, further) => ({
        a: runs[place] ?? '',
        b: runs[place + 1 + further] ?? '',
        measures: estimates(one.map((left, number) => difference(left, other[number]))),
      })),
    ),
  };
}

const difference = (one: Resampled, other: Resampled | undefined): Resampled => ({
  value: one.value - (other?.value ?? NaN),
  rows: Math.min(one.rows, other?.rows ?? 0),
  means: one.means.map((value, resample) => value - (other?.means[resample] ?? NaN)),
});

function byMeasure(of: readonly Resampled[], confidence: number): ByMeasure<IntervalEstimate> {
  const estimates = of.flatMap(({ value, rows, means }, number) => {
    if (rows === 0) return [];
    const interval = rows < 2 ? null : percentileInterval(means, confidence);
    return [[COMPARED[number], { value, ...(interval ?? { low: null, high: null }) }] as const];
  });
  return Object.fromEntries(estimates) as ByMeasure<IntervalEstimate>;
}
