/** How often each reason occurred, in alphabetical order. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(reason: string | null): void {
    const name = reason ?? 'unknown';
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  get values(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** A mean of the values that exist; null where there are none. */
export class Mean {
  #sum = 0;
  #count = 0;

  add(value: number | null): void {
    if (value === null) return;
    this.#sum += value;
    this.#count++;
  }

  get value(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }
}
