import { once } from 'node:events';
import { Writable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import { type RankProgress } from './options.js';
import { isFile, type OutputFile, type RankPlan } from './plan.js';

/** A plan that can be sent to another thread. */
export type PortablePlan = Omit<RankPlan, 'out' | 'signal' | 'onProgress'> & {
  /** `stream`: bytes for the caller's stream go over the port. */
  readonly out: OutputFile | 'stream' | null;
  readonly signal: undefined;
  readonly onProgress: undefined;
};

/** What a ranking's worker is given; it closes the port. */
export interface RankTask {
  readonly plan: PortablePlan;
  readonly port: MessagePort;
}

type FromWorker =
  | { readonly kind: 'progress'; readonly progress: RankProgress }
  /** Answered with `written` when the stream took them. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };
type FromCaller = 'written' | 'abort';

export const portable = (plan: RankPlan): PortablePlan => ({
  ...plan,
  out: plan.out === null || isFile(plan.out) ? plan.out : 'stream',
  signal: undefined,
  onProgress: undefined,
});

/** The caller's end: tells progress, writes the stream, passes an abort on. */
export class CallersEnd implements Disposable {
  readonly #abort = (): void => this.#send('abort');
  #failure: { readonly error: unknown } | null = null;

  constructor(
    private readonly port: MessagePort,
    private readonly plan: RankPlan,
  ) {
    port.on('message', (message: FromWorker) => void this.#take(message));
    plan.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /** Throws what the caller's own callback or stream failed with. */
  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #take(message: FromWorker): Promise<void> {
    try {
      if (message.kind === 'progress') return this.plan.onProgress(message.progress);
      const { out } = this.plan;
      if (out === null || isFile(out)) throw new Error('bytes for a stream that there is not');
      if (!out.write(message.bytes)) await once(out, 'drain');
      this.#send('written');
    } catch (error) {
      this.#failure ??= { error };
      this.#send('abort');
    }
  }

  #send(message: FromCaller): void {
    this.port.postMessage(message, []);
  }

  [Symbol.dispose](): void {
    this.plan.signal?.removeEventListener('abort', this.#abort);
    this.port.close();
  }
}

/** The plan as the worker carries it out: its signal, progress and stream go over the port. */
export function planOver({ plan, port }: RankTask): RankPlan {
  const send = (message: FromWorker): void => port.postMessage(message, []);
  const controller = new AbortController();
  const waiting: (() => void)[] = [];
  port.on('message', (message: FromCaller) => {
    if (message === 'written') return waiting.shift()?.();
    // Who waits for the stream waits no more.
    stream.destroy(new Error('aborted'));
    controller.abort();
  });
  const stream = new Writable({
    // Each piece is waited for, the last one too.
    highWaterMark: 1,
    write(bytes: Buffer, _, done) {
      waiting.push(done);
      send({ kind: 'bytes', bytes });
    },
  });
  stream.on('error', () => {});
  return {
    ...plan,
    out: plan.out === 'stream' ? stream : plan.out,
    signal: controller.signal,
    onProgress: (progress) => send({ kind: 'progress', progress }),
  };
}
