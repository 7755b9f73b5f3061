import { abortable, abortedBy } from '../../async/abort.js';
import { quiet } from '../../async/iterate.js';
import type { Settled } from '../journal/journal-line.js';

/** What came of a request. */
export interface RequestOutcome {
  readonly settled: Settled;
  /** It was in the journal. */
  readonly journaled: boolean;
  /** What the examination that went along with the request found. */
  readonly examined: { readonly examination: unknown; readonly finding: unknown } | null;
}

/** One request on its way, for all who ask for the same. */
export class RequestInFlight {
  /** It is being sent, or sent and not yet kept: what is to finish when nothing new may be sent. */
  isUnderWay = false;
  readonly #controller = new AbortController();
  readonly #outcome: Promise<RequestOutcome>;
  #askers = 0;

  constructor(run: (self: RequestInFlight) => Promise<RequestOutcome>) {
    this.#outcome = quiet(run(this));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** The outcome; who leaves by a signal last, ends the request. */
  async join(signal: AbortSignal | undefined): Promise<RequestOutcome> {
    this.#askers++;
    try {
      return await abortable(abortable(this.#outcome, signal), this.signal);
    } finally {
      this.#askers--;
      if (this.#askers === 0 && signal?.aborted === true) this.abort(abortedBy(signal));
    }
  }

  /** Resolves when nothing of it goes on. */
  async ended(): Promise<void> {
    await this.#outcome.catch(() => {});
  }
}
