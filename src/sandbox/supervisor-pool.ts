import { abortable, abortOf } from '../async/abort.js';
import { quiet } from '../async/iterate.js';
import { Slots } from '../async/slots.js';
import { EvosiftError } from '../base/errors.js';
import { Supervisor, SupervisorLost, type Launch } from './supervisor.js';
import { PROCESS_LOST, type Sandbox, type SandboxJob, type Verdict } from './verdict.js';

/** Supervisors, started as there is work for them. */
export class SupervisorPool implements Sandbox {
  readonly #slots: Slots;
  readonly #idle: Supervisor[] = [];
  readonly #busy = new Set<Supervisor>();
  /** Supervisors at work or on their way up, and what becomes of them. */
  readonly #underWay = new Set<Promise<unknown>>();
  #end: EvosiftError | null = null;

  constructor(
    private readonly launch: Launch,
    processes: number,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#slots = new Slots(processes);
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  readonly #onAbort = (): void => void this.#stop(abortOf(this.signal));

  async run(job: SandboxJob): Promise<readonly Verdict[]> {
    this.#throwIfEnded();
    const running = this.#run(job);
    this.#underWay.add(running);
    quiet(running)
      .finally(() => this.#underWay.delete(running))
      .catch(() => {});
    return await abortable(running, this.signal);
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

  async #stop(reason: EvosiftError | null): Promise<void> {
    this.#end ??= reason ?? new EvosiftError('closed', 'The sandbox was closed.');
    this.#slots.refuseAll(this.#end);
    this.signal?.removeEventListener('abort', this.#onAbort);
    await Promise.all([...this.#idle.splice(0), ...this.#busy].map((supervisor) => supervisor.stop()));
    await Promise.allSettled(this.#underWay);
  }

  close(): Promise<void> {
    return this.#stop(null);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
