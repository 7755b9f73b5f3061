import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '../../base/logger.js';
import { abortable } from '../../async/abort.js';
import type { TaskOutcome } from './worker-task.js';
import type { Transport } from './transport.js';
import type { RequestInFlight } from './request-in-flight.js';
import type { Route } from './routes.js';
import type { FleetOptions } from './options.js';
import { estimateTokens, tokensOf, type Tally } from './stats.js';
import type { Settled } from '../journal/journal-line.js';
import { BACK_OFF, pauseAfter, type BackOff, type Failure } from '../limits/back-off.js';
import type { AttemptEnd } from '../limits/rate-limiter.js';
import { planRequest } from './plan-request.js';
import type { Question } from '../question.js';
import { isOfTheRequest } from '../request-error.js';

/** What came of a request. `finding` is undefined where the answer is still to be examined. */
export interface Sent {
  readonly settled: Settled;
  readonly finding: unknown;
}

type LiveRoute = Extract<Route, { kind: 'live' }>;

/** Sends a request until it is answered or given up on. */
export class Sender {
  readonly #backOff: BackOff;

  constructor(
    private readonly transport: Transport,
    private readonly tally: Tally,
    private readonly options: FleetOptions,
  ) {
    this.#backOff = { ...BACK_OFF, ...options.backOff };
  }

  /**
   * @param inFlight Its signal ends the request, with its reason.
   * @param check Throws where nothing more may be sent.
   */
  async send(inFlight: RequestInFlight, route: LiveRoute, question: Question, check: () => void): Promise<Sent> {
    const { logger = silentLogger } = this.options;
    for (let attempts = 1; ; attempts++) {
      check();
      const outcome = await this.#sendOnce(inFlight, route, question, attempts > 1);
      if (outcome.status === 'answered' || outcome.status === 'unexamined') {
        const finding = outcome.status === 'answered' ? outcome.finding : undefined;
        return { settled: { ok: true, completion: outcome.completion }, finding };
      }
      const { failure } = outcome;
      const pause = pauseAfter(failure, attempts, this.#backOff, Math.random);
      const { kind, detail } = failure;
      logger.debug(
        { generator: route.plan.name, key: question.key, kind, detail, attempts, pause },
        'a request failed',
      );
      if (pause === null) {
        // Where the endpoint is down, that is what is told, and not a verdict on this request.
        if (!isOfTheRequest(kind)) check();
        return { settled: { ok: false, kind, detail }, finding: null };
      }
      inFlight.isUnderWay = false;
      check();
      await abortable(sleep(pause, undefined, { signal: inFlight.signal }), inFlight.signal);
    }
  }

  async #sendOnce(
    inFlight: RequestInFlight,
    { limiter, plan }: LiveRoute,
    question: Question,
    isAgain: boolean,
  ): Promise<Exclude<TaskOutcome<unknown>, { status: 'examined' | 'cancelled' }>> {
    const { source } = plan;
    if (source.kind === 'replay') throw new TypeError('a replayed generator has no limiter');
    const request = planRequest({ ...question, plan });
    const prompt = estimateTokens(request.messages.reduce((sum, { content }) => sum + content.length, 0));
    const permit = await limiter.enter(prompt + request.sampling.maxTokens, isAgain, inFlight.signal);
    inFlight.isUnderWay = true;
    let end: AttemptEnd = { status: 'cancelled', tokens: prompt };
    try {
      const attempt = this.transport.send(source, request, question.examination, inFlight.signal);
      const outcome = await abortable(attempt, inFlight.signal);
      if (outcome.status === 'cancelled' || outcome.status === 'examined')
        throw new Error(`an attempt was ${outcome.status}`);
      end =
        outcome.status === 'failed'
          ? failed(outcome.failure)
          : { status: 'answered', tokens: tokensOf(outcome.completion, prompt) };
      return outcome;
    } finally {
      this.tally.count(end);
      permit.end(end);
    }
  }
}

const failed = (failure: Failure): AttemptEnd => ({ status: 'failed', tokens: 0, failure });
