import { availableParallelism } from 'node:os';
import { abortable, abortOf } from '../async/abort.js';
import { Slots } from '../async/slots.js';
import { EvosiftError } from '../base/errors.js';
import { silentLogger, type Logger } from '../base/logger.js';
import { abortSignal, checkOptions, fillOptions, integer, loggerOption, type OptionTable } from '../base/options.js';
import { findBubblewrap } from './bubblewrap.js';
import { proveConfinement } from './probes.js';
import { findPython } from './python.js';
import { SANDBOX_OPTIONS, type SandboxOptions } from './sandbox-options.js';
import { Supervisor, SupervisorLost, type Launch } from './supervisor.js';
import { PROCESS_LOST, type Sandbox, type SandboxJob, type Verdict } from './verdict.js';

export interface OpenSandboxOptions extends SandboxOptions {
  /** Ends all that runs. */
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  /** Functions that run at once; default: as many as there are cores. */
  readonly processes?: number;
}

const OPEN_SANDBOX_OPTIONS = {
  ...SANDBOX_OPTIONS,
  signal: abortSignal,
  logger: loggerOption,
  processes: integer({ from: 1 }, {}),
} as const satisfies OptionTable<OpenSandboxOptions>;

/**
 * Opens a sandbox, which first has to show that it holds.
 *
 * @throws EvosiftError `bad_argument`; `sandbox_unavailable`, which says what is missing and what to install or allow.
 */
export async function openSandbox(options: OpenSandboxOptions): Promise<Sandbox> {
  checkOptions('openSandbox', options, OPEN_SANDBOX_OPTIONS);
  const {
    python,
    caseTimeout,
    caseMemory,
    trustCode = false,
    signal,
    ...rest
  } = fillOptions(options, OPEN_SANDBOX_OPTIONS);
  const { logger = silentLogger, processes = availableParallelism() } = rest;
  const bubblewrap = trustCode ? null : findBubblewrap();
  const launch: Launch = { python: await findPython(python), bubblewrap, caseTimeout, caseMemory };
  if (trustCode) {
    logger.warn({}, 'Code that a model wrote runs without a sandbox: it may do whatever this user may (`trustCode`).');
  }
  const pool = new SupervisorPool(launch, processes, signal);
  try {
    if (trustCode) await pool.run({ code: '', inputs: [] });
    else await proveConfinement(pool);
  } catch (error) {
    await pool[Symbol.asyncDispose]();
    throw error;
  }
  return pool;
}

/** Supervisors, started as there is work for them. */
class SupervisorPool implements Sandbox {
  readonly #slots: Slots;
  readonly #idle: Supervisor[] = [];
  readonly #busy = new Set<Supervisor>();
  #end: EvosiftError | null = null;

  constructor(
    private readonly launch: Launch,
    processes: number,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#slots = new Slots(processes);
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  readonly #onAbort = (): void => void this.#close(abortOf(this.signal));

  async run(job: SandboxJob): Promise<readonly Verdict[]> {
    this.#throwIfEnded();
    return await abortable(this.#run(job), this.signal);
  }

  async #run(job: SandboxJob): Promise<readonly Verdict[]> {
    await this.#slots.take();
    try {
      return (await this.#tryOn(job)) ?? (await this.#tryOn(job)) ?? job.inputs.map(() => PROCESS_LOST);
    } finally {
      this.#slots.release();
    }
  }

  /** Null where the supervisor was lost. */
  async #tryOn(job: SandboxJob): Promise<readonly Verdict[] | null> {
    this.#throwIfEnded();
    const supervisor = this.#idle.pop() ?? (await Supervisor.start(this.launch));
    this.#busy.add(supervisor);
    try {
      this.#throwIfEnded();
      return await supervisor.run(job);
    } catch (error) {
      this.#throwIfEnded();
      if (error instanceof SupervisorLost) return null;
      throw error;
    } finally {
      this.#busy.delete(supervisor);
      if (this.#end !== null) await supervisor.stop();
      else if (!supervisor.isLost) this.#idle.push(supervisor);
    }
  }

  #throwIfEnded(): void {
    const ended = abortOf(this.signal) ?? this.#end;
    if (ended !== null) throw ended;
  }

  async #close(reason: EvosiftError | null): Promise<void> {
    this.#end ??= reason ?? new EvosiftError('closed', 'The sandbox was closed.');
    this.#slots.refuseAll(this.#end);
    this.signal?.removeEventListener('abort', this.#onAbort);
    await Promise.all([...this.#idle.splice(0), ...this.#busy].map((supervisor) => supervisor.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close(null);
  }
}
