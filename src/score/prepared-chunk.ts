import type { ReasonCode } from '../rows/example.js';
import type { PartName } from '../rows/message-parts.js';
import { IGNORABLE, type LossParts, type PreparedRow, type ScoredSequence } from './sequences/prepared-row.js';

/**
 * Prepared rows as a worker sends them: two transferable arrays and the few strings there are.
 *
 * `tokens` holds all sequences end to end. `layout` holds, for each row, how many prepared rows it became (one per
 * assistant turn at most), and for each of those the numbers that `ChunkWriter` below writes, in that order.
 */
export interface PreparedChunk {
  readonly tokens: Int32Array<ArrayBuffer>;
  readonly layout: Int32Array<ArrayBuffer>;
  /** [reason, detail] of each prepared row that has a reason, in order. */
  readonly reasons: readonly (readonly [ReasonCode, string])[];
}

const PARTS = ['reasoning', 'text', 'calls'] as const satisfies readonly PartName[];

/** The rows of a chunk, packed; `rows[i]` is what row i became. */
export function packChunk(rows: readonly (readonly PreparedRow[])[]): PreparedChunk {
  const writer = new ChunkWriter();
  for (const row of rows) writer.row(row);
  return writer.chunk();
}

/** What was packed; sequences are views of `chunk.tokens`. */
export function unpackChunk(chunk: PreparedChunk): PreparedRow[][] {
  const reader = new ChunkReader(chunk);
  const rows: PreparedRow[][] = [];
  while (!reader.ended) rows.push(reader.row());
  return rows;
}

class ChunkWriter {
  readonly #layout: number[] = [];
  readonly #sequences: Int32Array[] = [];
  readonly #reasons: (readonly [ReasonCode, string])[] = [];

  row(prepared: readonly PreparedRow[]): void {
    this.#layout.push(prepared.length);
    for (const one of prepared) this.#prepared(one);
  }

  #prepared(row: PreparedRow): void {
    if (row.reason !== null) this.#reasons.push([row.reason, row.detail]);
    this.#layout.push(row.reason === null ? 0 : 1, row.turn ?? -1, row.tokensInstruction, row.truncated ? 1 : 0);
    this.#layout.push(...IGNORABLE.map((one) => (row.ignored.includes(one) ? 1 : 0)), row.specialTokensInText ? 1 : 0);
    this.#layout.push(row.sequences.length);
    for (const sequence of row.sequences) {
      this.#layout.push(sequence.ids.length);
      this.#sequences.push(sequence.ids);
      this.#numbers(sequence.spans);
    }
    this.#numbers(row.lossQ);
    this.#numbers(row.lossAGivenQ);
    this.#numbers(row.lossA);
    const { parts } = row;
    this.#layout.push(parts === null ? 0 : 1);
    if (parts !== null) for (const part of PARTS) this.#numbers(parts[part]);
    this.#layout.push(row.turns.length);
    for (const turn of row.turns) {
      this.#numbers(turn.lossAGivenQ);
      this.#numbers(turn.lossA);
    }
  }

  #numbers(values: Int32Array): void {
    this.#layout.push(values.length);
    for (const value of values) this.#layout.push(value);
  }

  chunk(): PreparedChunk {
    const tokens = new Int32Array(this.#sequences.reduce((sum, ids) => sum + ids.length, 0));
    let at = 0;
    for (const ids of this.#sequences) {
      tokens.set(ids, at);
      at += ids.length;
    }
    return { tokens, layout: Int32Array.from(this.#layout), reasons: this.#reasons };
  }
}

class ChunkReader {
  readonly #chunk: PreparedChunk;
  #at = 0;
  #token = 0;
  #reason = 0;

  constructor(chunk: PreparedChunk) {
    this.#chunk = chunk;
  }

  get ended(): boolean {
    return this.#at >= this.#chunk.layout.length;
  }

  row(): PreparedRow[] {
    return this.#times(this.#number(), () => this.#prepared());
  }

  #prepared(): PreparedRow {
    const reasoned = this.#number() === 1;
    const turn = this.#number();
    const tokensInstruction = this.#number();
    const truncated = this.#number() === 1;
    const ignored = IGNORABLE.filter(() => this.#number() === 1);
    const specialTokensInText = this.#number() === 1;
    const sequences = this.#times(this.#number(), () => this.#sequence());
    const lossQ = this.#numbers();
    const lossAGivenQ = this.#numbers();
    const lossA = this.#numbers();
    const parts = this.#number() === 1 ? this.#parts() : null;
    const turns = this.#times(this.#number(), () => ({ lossAGivenQ: this.#numbers(), lossA: this.#numbers() }));
    const [reason, detail] = (reasoned ? this.#chunk.reasons[this.#reason++] : undefined) ?? [null, ''];
    return {
      reason,
      detail,
      turn: turn < 0 ? null : turn,
      sequences,
      lossQ,
      lossAGivenQ,
      lossA,
      parts,
      turns,
      tokensInstruction,
      truncated,
      ignored,
      specialTokensInText,
    };
  }

  #parts(): Record<PartName, LossParts> {
    const [reasoning, text, calls] = [this.#numbers(), this.#numbers(), this.#numbers()];
    return { reasoning, text, calls };
  }

  #sequence(): ScoredSequence {
    const length = this.#number();
    const ids = this.#chunk.tokens.subarray(this.#token, this.#token + length);
    this.#token += length;
    return { ids, spans: this.#numbers() };
  }

  #number(): number {
    const value = this.#chunk.layout[this.#at++];
    if (value === undefined) throw new RangeError('a prepared chunk ended early');
    return value;
  }

  #numbers(): LossParts {
    const length = this.#number();
    const values = this.#chunk.layout.subarray(this.#at, this.#at + length);
    this.#at += length;
    return values;
  }

  #times<Value>(count: number, read: () => Value): Value[] {
    return Array.from({ length: count }, read);
  }
}
