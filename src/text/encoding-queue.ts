import type { Encoding, Tokenizer } from 'tokenizers';

interface Waiting {
  readonly text: string;
  readonly take: (encoding: Encoding) => void;
  readonly reject: (error: unknown) => void;
}

/** Texts on their way through a tokenizer: those of one turn of the event loop become one batch. */
export class EncodingQueue {
  #waiting: Waiting[] = [];

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly addSpecialTokens: boolean,
  ) {}

  encode<Value>(text: string, read: (encoding: Encoding) => Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, take: (encoding) => resolve(read(encoding)), reject });
      if (this.#waiting.length === 1) queueMicrotask(() => void this.#flush());
    });
  }

  /**
   * One native call for all that waits: each call costs a thread hop, and a batch is spread over the cores.
   *
   * An encoding is read and let go one by one: it has kilobytes outside the heap, which stay until the collector, that
   * knows nothing of them, comes upon the small object that holds them.
   */
  async #flush(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      const texts = batch.map(({ text }) => text);
      const encodings = await this.tokenizer.encodeBatch(texts, { addSpecialTokens: this.addSpecialTokens });
      for (const { take } of batch.toReversed()) {
        const encoding = encodings.pop();
        if (encoding !== undefined) take(encoding);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
