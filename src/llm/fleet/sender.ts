import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '../../base/logger.js';
import { abortable } from '../../async/abortable.js';
import type { Carried } from './carry-request.js';
import type { Carrier } from './carrier.js';
import type { Errand } from './errand.js';
import type { Way } from './lanes.js';
import type { FleetOptions } from './options.js';
import { estimateTokens, tokensOf, type Tally } from './stats.js';
import type { Settled } from '../journal/journal-line.js';
import { BACK_OFF, pauseAfter, type BackOff, type Failure } from '../limits/back-off.js';
import type { SendingEnd } from '../limits/lane.js';
import { planRequest } from './plan-request.js';
import type { Question } from '../question.js';
import { isOfTheRequest } from '../request-error.js';

/** What came of a request. `finding` is undefined where the answer is still to be examined. */
export interface Sent {
  readonly settled: Settled;
  readonly finding: unknown;
}

type LiveWay = Extract<Way, { kind: 'live' }>;

/** Sends a request until it is answered or given up on. */
export class Sender {
  readonly #backOff: BackOff;

  constructor(
    private readonly carrier: Carrier,
    private readonly tally: Tally,
    private readonly options: FleetOptions,
  ) {
    const { attempts = BACK_OFF.attempts } = options;
    this.#backOff = { ...BACK_OFF, attempts, ...options.backOff };
  }

  /**
   * @param errand Its signal ends the request, with its reason.
   * @param check Throws where nothing more may be sent.
   */
  async send(errand: Errand, way: LiveWay, question: Question, check: () => void): Promise<Sent> {
    const { logger = silentLogger } = this.options;
    for (let sendings = 1; ; sendings++) {
      check();
      const carried = await this.#sendOnce(errand, way, question, sendings > 1);
      if (carried.status === 'answered' || carried.status === 'unexamined') {
        const finding = carried.status === 'answered' ? carried.finding : undefined;
        return { settled: { ok: true, completion: carried.completion }, finding };
      }
      const { failure } = carried;
      const pause = pauseAfter(failure, sendings, this.#backOff, Math.random);
      const { kind, detail } = failure;
      logger.debug({ generator: way.plan.name, key: question.key, kind, detail, sendings, pause }, 'a request failed');
      if (pause === null) {
        // Where the endpoint is down, that is what is told, and not a verdict on this request.
        if (!isOfTheRequest(kind)) check();
        return { settled: { ok: false, kind, detail }, finding: null };
      }
      errand.isUnderWay = false;
      check();
      await abortable(sleep(pause, undefined, { signal: errand.signal }), errand.signal);
    }
  }

  async #sendOnce(
    errand: Errand,
    { lane, plan }: LiveWay,
    question: Question,
    isAgain: boolean,
  ): Promise<Exclude<Carried<unknown>, { status: 'examined' | 'cancelled' }>> {
    const { source } = plan;
    if (source.kind === 'replay') throw new TypeError('a replayed generator has no lane');
    const request = planRequest({ ...question, plan });
    const prompt = estimateTokens(request.messages.reduce((sum, { content }) => sum + content.length, 0));
    const permit = await lane.enter(prompt + request.sampling.maxTokens, isAgain, errand.signal);
    errand.isUnderWay = true;
    let end: SendingEnd = { status: 'cancelled', tokens: prompt };
    try {
      const sending = this.carrier.send(source, request, question.examination, errand.signal);
      const carried = await abortable(sending, errand.signal);
      if (carried.status === 'cancelled' || carried.status === 'examined')
        throw new Error(`a sending was ${carried.status}`);
      end =
        carried.status === 'failed'
          ? failed(carried.failure)
          : { status: 'answered', tokens: tokensOf(carried.completion, prompt) };
      return carried;
    } finally {
      this.tally.count(end);
      permit.end(end);
    }
  }
}

const failed = (failure: Failure): SendingEnd => ({ status: 'failed', tokens: 0, failure });
