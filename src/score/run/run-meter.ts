import type { RunReport } from '../../runs/read-run.js';
import type { ScoredRun } from '../../runs/scored-run.js';
import type { RunTimings } from '../../runs/run-identity.js';
import { BusyClock } from '../busy-clock.js';
import type { Scorer } from '../scorer.js';
import type { RunPlan } from './run-plan.js';

/** Measures one start of a run. */
export class RunMeter {
  /** Time in which rows were waited for. */
  readonly reading = new BusyClock();
  /** Time in which rows were written. */
  readonly writing = new BusyClock();
  readonly #began = performance.now();
  readonly #rowsBefore: number;
  readonly #tokensBefore: number;
  readonly #busyBefore: Scorer['busySeconds'];

  constructor(
    private readonly run: ScoredRun,
    private readonly scorer: Scorer,
    private readonly plan: RunPlan,
  ) {
    this.#rowsBefore = run.rows;
    this.#tokensBefore = run.summary.tokens;
    this.#busyBefore = scorer.busySeconds;
  }

  /** Rates and stages are of this start, over what it has committed. */
  get timings(): RunTimings {
    const seconds = (performance.now() - this.#began) / 1000;
    const { tokens } = this.run.summary;
    const { tokenise, engine } = this.scorer.busySeconds;
    return {
      seconds,
      rowsS: (this.run.rows - this.#rowsBefore) / seconds,
      tokensS: (tokens - this.#tokensBefore) / seconds,
      stages: {
        read: this.reading.seconds,
        tokenise: tokenise - this.#busyBefore.tokenise,
        engine: engine - this.#busyBefore.engine,
        write: this.writing.seconds,
      },
    };
  }

  /** Every row of the run has an outcome, and no limit keeps rows out. */
  get complete(): boolean {
    return this.plan.whole && this.run.rows === this.plan.total;
  }

  get report(): RunReport & RunTimings {
    return { ...this.run.summary, complete: this.complete, ...this.timings };
  }
}
