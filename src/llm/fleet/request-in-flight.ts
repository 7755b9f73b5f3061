import { abortable } from '../../async/abort.js';
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

  constructor(run: (self: RequestInFlight) => Promise<RequestOutcome>) {
    this.#outcome = quiet(run(this));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** The outcome, for one more who asks for it. */
  join(): Promise<RequestOutcome> {
    return abortable(this.#outcome, this.signal);
  }

  /** Resolves when nothing of it goes on. */
  async ended(): Promise<void> {
    await this.#outcome.catch(() => {});
  }
}
