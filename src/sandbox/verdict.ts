export type VerdictKind = 'true' | 'false' | 'error' | 'timeout' | 'killed' | 'missing_module';

/** What came of a function and one input. */
export interface Verdict {
  readonly verdict: VerdictKind;
  /** The exception of an error (`ValueError: …`), the module that is missing, why it was killed; null for true, false and timeout. */
  readonly detail: string | null;
}

/** A function to run on inputs. `code` is Python that defines `evaluate(response)`. */
export interface SandboxJob {
  readonly code: string;
  readonly inputs: readonly string[];
  /** Seconds for a case, in place of the sandbox's `caseTimeout`. */
  readonly timeout?: number;
}

export interface Sandbox extends AsyncDisposable {
  /**
   * One verdict per input, in order. Calls may be made at once; they wait for a free process.
   *
   * @throws EvosiftError `aborted`, `closed`, `sandbox_unavailable`.
   */
  run(job: SandboxJob): Promise<readonly Verdict[]>;
  /** Ends what runs, with code `closed`. Idempotent. An idle sandbox does not keep its process from ending. */
  close(): Promise<void>;
}

/** Of a process that was killed from outside, twice, say where the machine's memory ran out: not the function's own doing. */
export const PROCESS_LOST: Verdict = { verdict: 'killed', detail: 'the process of the sandbox was killed' };
