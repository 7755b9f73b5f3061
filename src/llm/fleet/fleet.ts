import { availableParallelism } from 'node:os';
import { EvosiftError } from '../../base/errors.js';
import { abortedBy } from '../../async/abort.js';
import { Transport } from './transport.js';
import { RequestInFlight, type RequestOutcome } from './request-in-flight.js';
import { closeRoutes, openRoutes, type Route } from './routes.js';
import { planRequest } from './plan-request.js';
import { DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT, type FleetOptions } from './options.js';
import { withOwnSeed } from './own-seed.js';
import { Sender } from './sender.js';
import { Tally, type FleetStats } from './stats.js';
import { openJournal, type Journal } from '../journal/journal.js';
import { keptMessages, type JournalEntry } from '../journal/journal-line.js';
import { addressOf, modelOf, requestHash } from '../journal/request-hash.js';
import type { Answered, Asker, Question } from '../question.js';
import { isOfTheRequest } from '../request-error.js';

const MOST_THREADS = 4;

/** Generators, the limits within which they are asked, and the journal of what they answered. */
export interface Fleet extends Asker, AsyncDisposable {
  readonly stats: FleetStats;
  /** Sends nothing new: all that waits, and all that is asked from now on, is rejected with the error. What is under way is kept. */
  halt(error: EvosiftError): void;
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
  const routes = await openRoutes(options, (error) => halts.forEach((halt) => halt(error)));
  try {
    const fleet = new GeneratorFleet(options, routes, await openJournal(options.journalPath));
    halts.push((error) => fleet.halt(error));
    return fleet;
  } catch (error) {
    await closeRoutes(routes);
    throw error;
  }
}

class GeneratorFleet implements Fleet {
  readonly #transport: Transport;
  readonly #sender: Sender;
  readonly #tally = new Tally();
  /** By address. */
  readonly #inFlight = new Map<string, RequestInFlight>();
  #halted: EvosiftError | null = null;
  #closing: Promise<void> | null = null;

  constructor(
    private readonly options: FleetOptions,
    private readonly routes: ReadonlyMap<string, Route>,
    private readonly journal: Journal,
  ) {
    const { plans, worker, concurrency = DEFAULT_CONCURRENCY, timeout = DEFAULT_TIMEOUT } = options;
    this.#transport = new Transport({
      worker,
      threads: Math.min(MOST_THREADS, availableParallelism()),
      tasks: Math.max(1, concurrency * plans.length),
      timeout,
    });
    this.#sender = new Sender(this.#transport, this.#tally, options);
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get stats(): FleetStats {
    let inFlight = 0;
    for (const route of this.routes.values()) if (route.kind === 'live') inFlight += route.limiter.inFlight;
    return this.#tally.stats(inFlight);
  }

  async ask<Finding>(asked: Question): Promise<Answered<Finding>> {
    this.#throwIfHalted();
    const question = withOwnSeed(asked);
    const { settled, journaled, examined } = await this.#requestFor(question).join();
    if (!settled.ok) return { ok: false, kind: settled.kind, detail: settled.detail };
    const { completion } = settled;
    const { examination } = question;
    if (examined !== null && examined.examination === examination) {
      return { ok: true, completion, finding: examined.finding as Finding, journaled };
    }
    const outcome = await this.#transport.examine(completion, examination);
    if (outcome.status === 'examined') return { ok: true, completion, finding: outcome.finding as Finding, journaled };
    return { ok: false, kind: 'worker_failed', detail: outcome.status === 'failed' ? outcome.failure.detail : '' };
  }

  #requestFor(question: Question): RequestInFlight {
    const { plan, key, messages, sampling } = question;
    const route = this.routes.get(plan.name);
    if (route === undefined) {
      const known = [...this.routes.keys()].join(', ');
      throw new EvosiftError('bad_argument', `${plan.name} is no generator of this fleet; it has ${known}`);
    }
    const model = modelOf(route.plan);
    const request = requestHash(model, messages, sampling);
    const address = addressOf(plan.name, key, request);
    const known = this.#inFlight.get(address);
    if (known !== undefined && !known.signal.aborted) return known;
    const inFlight = new RequestInFlight(async (self) => {
      try {
        return await this.#run(self, route, question, { address, request, model });
      } finally {
        if (this.#inFlight.get(address) === self) this.#inFlight.delete(address);
      }
    });
    this.#inFlight.set(address, inFlight);
    return inFlight;
  }

  async #run(
    inFlight: RequestInFlight,
    route: Route,
    question: Question,
    { address, request, model }: { readonly address: string; readonly request: string; readonly model: string },
  ): Promise<RequestOutcome> {
    const [entry] = route.kind === 'replay' ? [] : ((await this.journal.find(address)) ?? []);
    const known = route.kind === 'replay' ? await route.answers.answer(question) : (entry?.settled ?? null);
    if (known !== null && (known.ok || route.kind === 'replay' || isOfTheRequest(known.kind))) {
      // A line of before messages were kept is completed.
      if (entry?.messages === undefined && entry !== undefined) {
        await this.journal.append({ ...entry, messages: messagesOf(route, question) });
      }
      this.#tally.journaled++;
      return { settled: known, journaled: true, examined: null };
    }
    if (route.kind === 'replay') throw new TypeError('a replayed question was neither answered nor missed');
    try {
      const { settled, finding } = await this.#sender.send(inFlight, route, question, () => this.#throwIfHalted());
      const messages = messagesOf(route, question);
      await this.journal.append({ key: question.key, request, generator: route.plan.name, model, messages, settled });
      const { examination } = question;
      return { settled, journaled: false, examined: finding === undefined ? null : { examination, finding } };
    } catch (error) {
      // No disk, no model: nothing that was sent from now on would come to anything.
      if (error instanceof EvosiftError && !inFlight.signal.aborted) this.halt(error);
      throw error;
    }
  }

  halt(error: EvosiftError): void {
    if (this.#halted !== null) return;
    this.#halted = error;
    for (const inFlight of this.#inFlight.values()) if (!inFlight.isUnderWay) inFlight.abort(error);
  }

  readonly #onAbort = (): void => {
    const { signal } = this.options;
    if (signal === undefined) return;
    const error = abortedBy(signal);
    this.halt(error);
    for (const inFlight of this.#inFlight.values()) inFlight.abort(error);
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
    await Promise.all([...this.#inFlight.values()].map((inFlight) => inFlight.ended()));
    this.options.signal?.removeEventListener('abort', this.#onAbort);
    await this.#transport.close();
    await this.journal.close();
    await closeRoutes(this.routes);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What is sent for a question, as the journal keeps it. */
const messagesOf = ({ plan }: Route, question: Question): JournalEntry['messages'] =>
  keptMessages(planRequest({ ...question, plan }).messages);
