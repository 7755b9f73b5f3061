import type { Logger } from '../../base/logger.js';
import type { GeneratorPlan } from '../generator.js';
import type { BackOff } from '../limits/back-off.js';
import type { BreakerLimits } from '../limits/breaker.js';

export interface FleetOptions {
  /** The generators that may be asked; each has limits of its own. */
  readonly plans: readonly GeneratorPlan[];
  /** The module whose export `run` does a `WorkerTask`, and what it is given as `workerData`. */
  readonly worker: { readonly filename: string; readonly workerData?: unknown };
  readonly journalPath: string;
  /** Requests in flight, for each generator; default 16. */
  readonly concurrency?: number;
  /** Requests a minute, for each generator; default any number. */
  readonly rpm?: number | undefined;
  /** Tokens a minute, for each generator; default any number. */
  readonly tpm?: number | undefined;
  /**
   * Milliseconds that an attempt may take, its whole answer included; default 120,000. A model of this process has no
   * limit: it may be slow, but it is never gone, and to begin again would only make it slower.
   */
  readonly timeout?: number;
  /** Requests that this fleet may send, each attempt counted; default any number. */
  readonly budgetRequests?: number | undefined;
  /** Tokens of prompts and answers that this fleet may use; default any number. */
  readonly budgetTokens?: number | undefined;
  /** Aborting cancels what is in flight; every `ask` throws `aborted`. */
  readonly signal?: AbortSignal | undefined;
  readonly logger?: Logger;
  readonly backOff?: Partial<BackOff>;
  readonly breaker?: BreakerLimits;
}

export const DEFAULT_CONCURRENCY = 16;
export const DEFAULT_TIMEOUT = 120_000;
