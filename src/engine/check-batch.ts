import type { PackedBatch } from './engine.js';

/**
 * Holds a packed batch to its contract (see `PackedBatch`), in one pass over it.
 *
 * @param vocabSize Ids are in [0, vocabSize).
 * @param contextLength The most tokens that a sequence may have.
 * @throws TypeError where a part is no Int32Array; RangeError at the first violation, naming its place.
 */
export function checkBatch(batch: PackedBatch, vocabSize: number, contextLength: number): void {
  for (const part of ['tokens', 'starts', 'spans'] as const) {
    if (!(batch[part] instanceof Int32Array)) throw new TypeError(`${part} must be an Int32Array`);
  }
  checkStarts(batch, contextLength);
  checkTokens(batch.tokens, vocabSize);
  checkSpans(batch);
}

function checkStarts({ tokens, starts }: PackedBatch, contextLength: number): void {
  if (starts[0] !== 0) throw new RangeError(`starts must begin with 0, not ${starts[0] ?? 'be empty'}`);
  let from = 0;
  for (let i = 1; i < starts.length; i++) {
    const to = starts[i] ?? 0;
    if (to <= from) throw new RangeError(`starts[${i}] = ${to} leaves sequence ${i - 1} without a token`);
    if (to - from > contextLength) {
      throw new RangeError(
        `sequence ${i - 1} has ${to - from} tokens, more than the model's context of ${contextLength}`,
      );
    }
    from = to;
  }
  if (from !== tokens.length)
    throw new RangeError(`starts must end with ${tokens.length} (tokens.length), not ${from}`);
}

function checkTokens(tokens: Int32Array, vocabSize: number): void {
  for (let i = 0; i < tokens.length; i++) {
    const id = tokens[i] ?? 0;
    if (id < 0 || id >= vocabSize)
      throw new RangeError(`tokens[${i}] = ${id} is outside the vocabulary [0, ${vocabSize})`);
  }
}

function checkSpans({ starts, spans }: PackedBatch): void {
  if (spans.length % 2 !== 0) throw new RangeError(`spans has ${spans.length} numbers, not pairs`);
  let sequence = 0;
  let end = 0;
  for (let i = 0; i < spans.length; i += 2) {
    const from = spans[i] ?? 0;
    const to = spans[i + 1] ?? 0;
    const span = `span [${from}, ${to}) at spans[${i}]`;
    if (from >= to) throw new RangeError(`${span} is empty or reversed`);
    if (from < end) throw new RangeError(`${span} overlaps or precedes the one before, which ends at ${end}`);
    while (sequence < starts.length - 1 && from >= (starts[sequence + 1] ?? 0)) sequence++;
    if (sequence === starts.length - 1) throw new RangeError(`${span} begins beyond the last token`);
    if (from === starts[sequence]) {
      throw new RangeError(`${span} holds the first token of sequence ${sequence}, which nothing precedes`);
    }
    if (to > (starts[sequence + 1] ?? 0)) throw new RangeError(`${span} leaves sequence ${sequence}`);
    end = to;
  }
}
