import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EvosiftError, messageOf } from '../../base/errors.js';
import { packageFile } from '../../base/package-file.js';
import { createGate, holdExit, letExit } from './exit-gate.js';
import type { Reply, Request, SessionSetup } from './protocol.js';

interface Waiting<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: EvosiftError) => void;
}

/** A worker that holds a session and does one work after another. It keeps the process alive while it is waited for. */
export class SessionWorker<About, Work, Result> {
  /** What it said of the session. */
  readonly about: About;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting<Result>>();
  readonly #exited: Promise<void>;
  #lastId = 0;
  #ended: EvosiftError | null = null;

  private constructor(worker: Worker, about: About) {
    this.about = about;
    this.#worker = worker;
    worker.on('message', (reply: Reply<never, Result>) => this.#receive(reply));
    worker.on('error', (error) => this.#crash(error.message));
    worker.on('messageerror', (error) => this.#crash(error.message));
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (code) => {
        this.#crash(`it ended with code ${code}`);
        resolve();
      });
    });
    worker.unref();
  }

  /**
   * @param subpath The worker among the package's exports.
   * @throws EvosiftError `engine_failed`, or what loading the session threw.
   */
  static async start<About, Work, Result>(
    subpath: string,
    session: Omit<SessionSetup, 'gate'>,
  ): Promise<SessionWorker<About, Work, Result>> {
    const gate = createGate();
    const workerData = { ...session, gate } satisfies SessionSetup;
    // Without the process's own flags: --input-type, for one, is refused in a worker.
    const worker = new Worker(packageFile(subpath), { workerData, name: 'evosift onnx', execArgv: [] });
    holdExit(gate);
    worker.once('exit', () => letExit(gate));
    return new SessionWorker<About, Work, Result>(worker, await ready<About>(worker));
  }

  /** Why nothing runs any more; null while something does. */
  get ended(): EvosiftError | null {
    return this.#ended;
  }

  /**
   * @param transfer The buffers that are given away with the work.
   * @throws EvosiftError `closed`, `engine_failed`, or what the session threw.
   */
  run(work: Work, transfer: readonly ArrayBuffer[] = []): Promise<Result> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ kind: 'work', id, work } satisfies Request<Work>, transfer);
    });
  }

  /** Rejects what waits with code `closed`. Idempotent. */
  async close(): Promise<void> {
    if (this.#ended === null) {
      this.#end(new EvosiftError('closed', 'The engine is closed.'));
      this.#worker.ref();
    }
    await this.#exited;
  }

  #receive(reply: Reply<never, Result>): void {
    if (reply.kind === 'ready' || reply.id === null) return;
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0 && this.#ended === null) this.#worker.unref();
    if (reply.kind === 'done') waiting?.resolve(reply.result);
    else waiting?.reject(new EvosiftError(reply.code, `The ONNX engine failed: ${reply.message}`));
  }

  #crash(why: string): void {
    if (this.#ended !== null) return;
    this.#end(new EvosiftError('engine_failed', `The ONNX worker died: ${why}. Load the engine anew.`));
  }

  /** Lets the worker end after its run, where it has not ended: terminate() in mid-run would abort the process. */
  #end(error: EvosiftError): void {
    this.#ended = error;
    this.#worker.postMessage({ kind: 'close' } satisfies Request<Work>, []);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Waits for the worker's first message. */
async function ready<About>(worker: Worker): Promise<About> {
  const first = new AbortController();
  const { signal } = first;
  try {
    const [reply]: Reply<About, never>[] = await Promise.race([
      once(worker, 'message', { signal }), // Rejects with what `error` brings.
      once(worker, 'exit', { signal }).then(([code]) => Promise.reject(new Error(`it ended with code ${code}`))),
    ]);
    if (reply?.kind === 'ready') return reply.about;
    if (reply?.kind === 'failed') throw new EvosiftError(reply.code, reply.message);
    throw new Error('it spoke out of turn');
  } catch (cause) {
    if (cause instanceof EvosiftError) throw cause;
    const why = messageOf(cause);
    throw new EvosiftError('engine_failed', `The ONNX worker could not start: ${why}.`, { cause });
  } finally {
    first.abort();
  }
}
