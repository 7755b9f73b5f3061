import { availableParallelism } from 'node:os';
import { EvosiftError } from '../../base/errors.js';
import { abortable, abortedBy } from '../../async/abortable.js';
import { Carrier } from './carrier.js';
import { Errand, type ErrandOutcome } from './errand.js';
import { closeWays, openWays, type Way } from './lanes.js';
import { DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT, type FleetOptions } from './options.js';
import { withOwnSeed } from './own-seed.js';
import { Sender } from './sender.js';
import { Tally, type FleetStats } from './stats.js';
import { openJournal, type Journal } from '../journal/journal.js';
import { addressOf, modelOf, requestHash } from '../journal/request-hash.js';
import type { Answered, Asker, Question } from '../question.js';
import { isOfTheRequest } from '../request-error.js';

export type { FleetOptions } from './options.js';
export type { FleetStats } from './stats.js';

/** Generators, the limits within which they are asked, and the journal of what they answered. */
export interface Fleet extends Asker, AsyncDisposable {
  readonly stats: FleetStats;
  /**
   * Lets what is in flight come to its end and keeps it, unless the fleet's signal has aborted; all that waits is
   * rejected with code `closed`. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * Opens the journal, which one process at a time may do, and starts the workers.
 *
 * @throws EvosiftError `bad_data` for a damaged journal; `bad_argument`.
 */
export async function createFleet(options: FleetOptions): Promise<Fleet> {
  const halts: ((error: EvosiftError) => void)[] = [];
  const ways = await openWays(options, (error) => halts.forEach((halt) => halt(error)));
  try {
    const fleet = new GeneratorFleet(options, ways, await openJournal(options.journalPath));
    halts.push((error) => fleet.halt(error));
    return fleet;
  } catch (error) {
    await closeWays(ways);
    throw error;
  }
}

class GeneratorFleet implements Fleet {
  readonly #carrier: Carrier;
  readonly #sender: Sender;
  readonly #tally = new Tally();
  /** By address. */
  readonly #errands = new Map<string, Errand>();
  #halted: EvosiftError | null = null;
  #closing: Promise<void> | null = null;

  constructor(
    private readonly options: FleetOptions,
    private readonly ways: ReadonlyMap<string, Way>,
    private readonly journal: Journal,
  ) {
    const { plans, worker, concurrency = DEFAULT_CONCURRENCY, timeout = DEFAULT_TIMEOUT } = options;
    this.#carrier = new Carrier({
      worker,
      threads: options.threads ?? Math.min(4, availableParallelism()),
      tasks: concurrency * plans.length,
      timeout,
      loadGguf: options.loadGguf ?? (async (path) => await (await import('../gguf/load-gguf.js')).loadGguf(path)),
    });
    this.#sender = new Sender(this.#carrier, this.#tally, options);
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get stats(): FleetStats {
    let inFlight = 0;
    for (const way of this.ways.values()) if (way.kind === 'live') inFlight += way.lane.inFlight;
    return this.#tally.stats(inFlight);
  }

  async ask<Finding>(asked: Question, signal?: AbortSignal): Promise<Answered<Finding>> {
    this.#throwIfHalted();
    const question = withOwnSeed(asked);
    if (signal?.aborted === true) throw abortedBy(signal);
    const { settled, journaled, examined } = await this.#errandFor(question).join(signal);
    if (!settled.ok) return { ok: false, kind: settled.kind, detail: settled.detail };
    const { completion } = settled;
    const { examination } = question;
    if (examined !== null && examined.examination === examination) {
      return { ok: true, completion, finding: examined.finding as Finding, journaled };
    }
    const carried = await abortable(this.#carrier.examine(completion, examination), signal);
    if (carried.status === 'examined') return { ok: true, completion, finding: carried.finding as Finding, journaled };
    return { ok: false, kind: 'worker_failed', detail: carried.status === 'failed' ? carried.failure.detail : '' };
  }

  #errandFor(question: Question): Errand {
    const { plan, key, messages, sampling } = question;
    const way = this.ways.get(plan.name);
    if (way === undefined) {
      const known = [...this.ways.keys()].join(', ');
      throw new EvosiftError('bad_argument', `${plan.name} is no generator of this fleet; it has ${known}`);
    }
    const model = modelOf(way.plan);
    const request = requestHash(model, messages, sampling);
    const address = addressOf(plan.name, key, request);
    const known = this.#errands.get(address);
    if (known !== undefined && !known.signal.aborted) return known;
    const errand = new Errand(async (self) => {
      try {
        return await this.#run(self, way, question, { address, request, model });
      } finally {
        if (this.#errands.get(address) === self) this.#errands.delete(address);
      }
    });
    this.#errands.set(address, errand);
    return errand;
  }

  async #run(
    errand: Errand,
    way: Way,
    question: Question,
    { address, request, model }: { readonly address: string; readonly request: string; readonly model: string },
  ): Promise<ErrandOutcome> {
    const [entry] = way.kind === 'replay' ? [] : ((await this.journal.find(address)) ?? []);
    const known = way.kind === 'replay' ? await way.answers.answer(question) : (entry?.settled ?? null);
    if (known !== null && (known.ok || way.kind === 'replay' || isOfTheRequest(known.kind))) {
      this.#tally.journaled++;
      return { settled: known, journaled: true, examined: null };
    }
    if (way.kind === 'replay') throw new TypeError('a replayed question was neither answered nor missed');
    try {
      const { settled, finding } = await this.#sender.send(errand, way, question, () => this.#throwIfHalted());
      await this.journal.append({ key: question.key, request, generator: way.plan.name, model, settled });
      const { examination } = question;
      return { settled, journaled: false, examined: finding === undefined ? null : { examination, finding } };
    } catch (error) {
      // No disk, no model: nothing that was sent from now on would come to anything.
      if (error instanceof EvosiftError && !errand.signal.aborted) this.halt(error);
      throw error;
    }
  }

  /** Sends nothing new. What is under way comes to its end. */
  halt(error: EvosiftError): void {
    if (this.#halted !== null) return;
    this.#halted = error;
    for (const errand of this.#errands.values()) if (!errand.isUnderWay) errand.abort(error);
  }

  readonly #onAbort = (): void => {
    const { signal } = this.options;
    if (signal === undefined) return;
    const error = abortedBy(signal);
    this.halt(error);
    for (const errand of this.#errands.values()) errand.abort(error);
  };

  #throwIfHalted(): void {
    if (this.options.signal?.aborted === true) this.#onAbort();
    if (this.#halted !== null) throw this.#halted;
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.halt(new EvosiftError('closed', 'The generators were closed.'));
    await Promise.all([...this.#errands.values()].map((errand) => errand.ended()));
    this.options.signal?.removeEventListener('abort', this.#onAbort);
    await this.#carrier.close();
    await this.journal.close();
    await closeWays(this.ways);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
