import type { LlamaChat } from 'node-llama-cpp';
import { EvosiftError, messageOf } from '../../base/errors.js';
import { Slots } from '../../async/slots.js';
import type { ChatRequest, Completion } from '../chat.js';
import type { Generator } from '../generator.js';
import { LinkedAbort } from '../../async/abort.js';
import { RequestError } from '../request-error.js';
import { Gaps } from './gaps.js';
import { generateIn } from './generate.js';
import type { OpenModel } from './open-model.js';

/** The sequences of one loaded model, each given to one request at a time; the library batches those that run. */
export class SequencePool {
  readonly #free: LlamaChat[];
  readonly #slots: Slots;
  readonly #gaps = new Gaps();

  constructor({ library, context, wrapper }: OpenModel) {
    this.#free = Array.from({ length: context.totalSequences }, () => {
      const sequence = context.getSequence();
      this.#gaps.keep(sequence);
      return new library.LlamaChat({ contextSequence: sequence, chatWrapper: wrapper });
    });
    this.#slots = new Slots(this.#free.length);
  }

  async generate(request: ChatRequest, signal: AbortSignal): Promise<Completion> {
    await this.#slots.take(signal);
    const chat = this.#free.pop();
    if (chat === undefined) throw new TypeError('a slot without a sequence');
    try {
      return await generateIn(chat, this.#gaps, request, signal);
    } finally {
      this.#free.push(chat);
      this.#slots.release();
    }
  }
}

/** One user's hold on a loaded model. */
export class GgufGenerator implements Generator {
  readonly #pool: SequencePool;
  readonly #release: () => Promise<void>;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #closed: Promise<void> | null = null;

  /** @param release Called once, when nothing runs any more. */
  constructor(pool: SequencePool, release: () => Promise<void>) {
    this.#pool = pool;
    this.#release = release;
  }

  async generate(request: ChatRequest, signal?: AbortSignal): Promise<Completion> {
    using linked = new LinkedAbort(signal, this.#closing.signal);
    const answer = this.#pool.generate(request, linked.signal);
    this.#running.add(answer);
    try {
      return await answer;
    } catch (error) {
      linked.signal.throwIfAborted();
      if (error instanceof RequestError) throw error;
      const why = messageOf(error);
      throw new RequestError('server_error', `the model failed to generate: ${why}`, null, { cause: error });
    } finally {
      this.#running.delete(answer);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    this.#closing.abort(new EvosiftError('closed', 'The generator was closed.'));
    await Promise.allSettled(this.#running);
    await this.#release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
