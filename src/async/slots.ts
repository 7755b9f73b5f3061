/**
 * A counted permit with a queue: `take` waits, in order, while all slots are taken. A wait ends early with the
 * signal's reason when it aborts.
 */
export class Slots {
  #free: number;
  readonly #waiting = new Set<{ readonly give: () => void; readonly refuse: (reason: unknown) => void }>();

  constructor(count: number) {
    this.#free = count;
  }

  async take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => waiter.refuse(signal?.reason);
      const leave = (): void => {
        this.#waiting.delete(waiter);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter = {
        give: () => {
          leave();
          resolve();
        },
        refuse: (reason: unknown) => {
          leave();
          reject(reason);
        },
      };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Hands the slot to the longest waiting `take`, or frees it. */
  release(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free++;
    else next.give();
  }

  /** Rejects every `take` that waits. */
  refuseAll(reason: unknown): void {
    for (const waiter of this.#waiting) waiter.refuse(reason);
  }
}
