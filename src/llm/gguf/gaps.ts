import type { LlamaContextSequence } from 'node-llama-cpp';

/**
 * Gaps between the batches of one context.
 *
 * The library decodes batch after batch without letting go of the context for as long as any sequence has a next token
 * waiting, so that a sequence could be emptied for its next answer only after all others had ended. Here those hold
 * their next token back while somebody waits for the context.
 */
export class Gaps {
  #waiting = 0;
  #closed: Promise<void> | null = null;
  #close: () => void = () => {};

  /** Has a sequence hold back in gaps. */
  keep(sequence: LlamaContextSequence): void {
    const evaluate = sequence.evaluate.bind(sequence);
    const closed = (): Promise<void> | null => this.#closed;
    sequence.evaluate = async function* (...args) {
      for await (const token of evaluate(...args)) {
        yield token;
        for (let gap = closed(); gap !== null; gap = closed()) await gap;
      }
    };
  }

  /** Does what needs the context, in a gap. */
  async use(work: () => Promise<void>): Promise<void> {
    this.#waiting++;
    this.#closed ??= new Promise((resolve) => (this.#close = resolve));
    try {
      await work();
    } finally {
      this.#waiting--;
      if (this.#waiting === 0) {
        this.#closed = null;
        this.#close();
      }
    }
  }
}
