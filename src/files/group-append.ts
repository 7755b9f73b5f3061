import type { AppendFile } from '../runs/score-file.js';

export interface GroupLimits {
  /** Milliseconds that a line waits for others at most, the write aside. */
  readonly patience: number;
  /** A group of so many lines is written at once. */
  readonly most: number;
}

interface WaitingLine {
  readonly text: string;
  readonly resolve: (written: { readonly offset: number; readonly length: number }) => void;
  readonly reject: (error: unknown) => void;
}

/** Appends lines in groups, each with one write and one fsync. */
export class GroupAppend {
  #waiting: WaitingLine[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(
    private readonly file: AppendFile,
    /** The file's bytes so far. */
    private size: number,
    private readonly limits: GroupLimits,
  ) {}

  /**
   * Resolves with the line's place when it is durable. After a write that failed all fail alike: what is said to be
   * missing must not be followed by what is there.
   *
   * @param text With the line's end.
   */
  append(text: string): Promise<{ readonly offset: number; readonly length: number }> {
    if (this.#failure !== null) return Promise.reject(this.#failure.error);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, resolve, reject });
      if (this.#waiting.length >= this.limits.most) this.#begin();
      else this.#timer ??= setTimeout(() => this.#begin(), this.limits.patience);
    });
  }

  /** Resolves when all lines so far are durable or have failed. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#writing !== null) {
      this.#begin();
      await this.#writing;
    }
  }

  #begin(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#writing !== null || this.#waiting.length === 0) return;
    const group = this.#waiting;
    this.#waiting = [];
    this.#writing = this.#write(group).finally(() => {
      this.#writing = null;
      // Who came during the write has waited long enough.
      this.#begin();
    });
  }

  async #write(group: readonly WaitingLine[]): Promise<void> {
    try {
      if (this.#failure !== null) throw this.#failure.error;
      await this.file.append(group.map(({ text }) => text).join(''));
    } catch (error) {
      this.#failure ??= { error };
      for (const { reject } of group) reject(error);
      return;
    }
    for (const { text, resolve } of group) {
      const length = Buffer.byteLength(text);
      resolve({ offset: this.size, length });
      this.size += length;
    }
  }
}
