/** Adds up the wall time during which at least one of some overlapping pieces of work was under way. */
export class BusyClock {
  #underWay = 0;
  #since = 0;
  #milliseconds = 0;

  async time<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#underWay++ === 0) this.#since = performance.now();
    try {
      return await work();
    } finally {
      if (--this.#underWay === 0) this.#milliseconds += performance.now() - this.#since;
    }
  }

  /** What is under way now included. */
  get seconds(): number {
    const running = this.#underWay > 0 ? performance.now() - this.#since : 0;
    return (this.#milliseconds + running) / 1000;
  }
}
