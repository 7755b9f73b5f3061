import { quantilesBy, type Distribution } from '../../statistics/distribution.js';

/** A distribution with its histogram; quantiles lie within the grid's fine bin of the exact ones. */
export interface PositionDistribution extends Distribution {
  readonly histogram: {
    readonly binWidth: number;
    /** Of the bins from 0 on; the last one holds all that lies beyond it, too. */
    readonly counts: readonly number[];
  };
}

/** What a distribution is counted on: `bins` of `binWidth` from 0, each of `fine` parts, of which quantiles are read. */
export interface Grid {
  readonly binWidth: number;
  readonly bins: number;
  readonly fine: number;
}

/** Probabilities, to 0.0001. */
export const PROBABILITY_GRID: Grid = { binWidth: 0.01, bins: 100, fine: 100 };

/** Entropies in nats, to 0.001; the largest vocabularies have 12.5 at most. */
export const ENTROPY_GRID: Grid = { binWidth: 0.1, bins: 130, fine: 100 };

/** Counts values of at least 0 in memory that does not grow with them. */
export class DistributionTally {
  readonly #counts: Float64Array;
  #count = 0;
  #mean = 0;
  /** Sum of squared differences from the mean (Welford 1962). */
  #spread = 0;
  #min = Infinity;
  #max = -Infinity;

  constructor(private readonly grid: Grid) {
    this.#counts = new Float64Array(grid.bins * grid.fine);
  }

  add(value: number): void {
    const { binWidth, fine } = this.grid;
    const bin = Math.min(this.#counts.length - 1, Math.floor((value / binWidth) * fine));
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
    this.#count++;
    const before = value - this.#mean;
    this.#mean += before / this.#count;
    this.#spread += before * (value - this.#mean);
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  /** Null of no values. */
  get distribution(): PositionDistribution | null {
    if (this.#count === 0) return null;
    const { binWidth, bins, fine } = this.grid;
    const counts = Array.from({ length: bins }, (_, bin) =>
      this.#counts.subarray(bin * fine, (bin + 1) * fine).reduce((sum, count) => sum + count, 0),
    );
    return {
      count: this.#count,
      mean: this.#mean,
      sd: Math.sqrt(this.#spread / this.#count),
      min: this.#min,
      max: this.#max,
      quantiles: quantilesBy((share) => this.#quantile(share)),
      histogram: { binWidth, counts },
    };
  }

  /** The value of rank share · (count - 1), taken to lie evenly within its fine bin. */
  #quantile(share: number): number {
    const rank = share * (this.#count - 1);
    const { binWidth, fine } = this.grid;
    let below = 0;
    let bin = 0;
    while (bin < this.#counts.length - 1 && below + (this.#counts[bin] ?? 0) <= rank) below += this.#counts[bin++] ?? 0;
    const within = (rank - below + 0.5) / (this.#counts[bin] ?? 1);
    const value = ((bin + Math.min(1, within)) * binWidth) / fine;
    return Math.min(this.#max, Math.max(this.#min, value));
  }
}
