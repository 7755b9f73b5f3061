import type { BatchResult, PackedBatch } from '../engine.js';
import type { SequenceResult } from './protocol.js';

/** One sequence of a batch, with spans as positions in it. */
export interface NextSequence {
  readonly sequence: number;
  readonly ids: Int32Array<ArrayBuffer>;
  readonly spans: Int32Array<ArrayBuffer>;
}

/** A batch on its way: gives its sequences out one by one and puts their losses in span order. */
export class PendingBatch {
  readonly stats: boolean;
  readonly pooled: boolean;
  readonly reject: (error: unknown) => void;
  readonly #resolve: (result: BatchResult) => void;
  readonly #batch: PackedBatch;
  readonly #losses: BatchResult;
  /** Where each sequence's losses begin; set when it is given out. */
  readonly #offsets = new Map<number, number>();
  #sequence = 0;
  #span = 0;
  #targets = 0;

  /** Copies the batch's arrays: they are the caller's to change. */
  constructor(
    batch: PackedBatch,
    options: { readonly stats: boolean; readonly pooled: boolean; readonly hiddenSize: number },
    settle: { readonly resolve: (result: BatchResult) => void; readonly reject: (error: unknown) => void },
  ) {
    this.#resolve = settle.resolve;
    this.reject = settle.reject;
    this.stats = options.stats;
    this.pooled = options.pooled;
    this.#batch = { tokens: batch.tokens.slice(), starts: batch.starts.slice(), spans: batch.spans.slice() };
    let targets = 0;
    for (let i = 0; i < batch.spans.length; i += 2) targets += (batch.spans[i + 1] ?? 0) - (batch.spans[i] ?? 0);
    this.#losses = {
      nll: new Float32Array(targets),
      top1: options.stats ? new Float32Array(targets) : null,
      entropy: options.stats ? new Float32Array(targets) : null,
      pooled: options.pooled ? new Float32Array((batch.starts.length - 1) * options.hiddenSize) : null,
      reward: null,
    };
  }

  /** Whether every sequence was given out and has come back. */
  get isDone(): boolean {
    this.#skipUnscored();
    return this.#sequence === this.#sequences && this.#offsets.size === 0;
  }

  /** The next sequence that has something to compute. */
  next(): NextSequence | undefined {
    this.#skipUnscored();
    if (this.#sequence === this.#sequences) return undefined;
    const sequence = this.#sequence++;
    const { tokens, starts, spans } = this.#batch;
    const from = starts[sequence] ?? 0;
    const to = starts[sequence + 1] ?? 0;
    const firstSpan = this.#span;
    this.#offsets.set(sequence, this.#targets);
    for (; this.#span < spans.length && (spans[this.#span] ?? 0) < to; this.#span += 2) {
      this.#targets += (spans[this.#span + 1] ?? 0) - (spans[this.#span] ?? 0);
    }
    return { sequence, ids: tokens.slice(from, to), spans: spans.slice(firstSpan, this.#span).map((at) => at - from) };
  }

  accept(sequence: number, losses: SequenceResult): void {
    const offset = this.#offsets.get(sequence) ?? 0;
    this.#offsets.delete(sequence);
    this.#losses.nll.set(losses.nll, offset);
    if (losses.top1 !== null) this.#losses.top1?.set(losses.top1, offset);
    if (losses.entropy !== null) this.#losses.entropy?.set(losses.entropy, offset);
    if (losses.pooled !== null) this.#losses.pooled?.set(losses.pooled, sequence * losses.pooled.length);
  }

  resolve(): void {
    this.#resolve(this.#losses);
  }

  get #sequences(): number {
    return this.#batch.starts.length - 1;
  }

  /** Passes over sequences that nothing is asked of. */
  #skipUnscored(): void {
    const { starts, spans } = this.#batch;
    const nextSpan = spans[this.#span] ?? Infinity;
    while (!this.pooled && this.#sequence < this.#sequences && (starts[this.#sequence + 1] ?? 0) <= nextSpan) {
      this.#sequence++;
    }
  }
}
