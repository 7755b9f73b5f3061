import { describe, expect, it } from 'vitest';
import { checkBatch } from '../../../src/engine/check-batch.js';

const batch = (tokens: number[], starts: number[], spans: number[]) => ({
  tokens: Int32Array.from(tokens),
  starts: Int32Array.from(starts),
  spans: Int32Array.from(spans),
});

describe('a packed batch', () => {
  it.each([
    ['no sequence', [], [0], []],
    ['one token', [5], [0, 1], []],
    ['spans that touch', [1, 2, 3, 4], [0, 4], [1, 2, 2, 4]],
    ['spans in the second of three sequences', [1, 2, 3, 4, 5, 6], [0, 2, 5, 6], [3, 5]],
    ['the last id and a whole context', [9, 9, 9, 9, 9, 9], [0, 6], [1, 6]],
  ])('with %s is good', (_, tokens, starts, spans) => {
    expect(() => checkBatch(batch(tokens, starts, spans), 10, 6)).not.toThrow();
  });

  it.each([
    ['starts is empty', [1], [], [], 'begin with 0'],
    ['starts begins late', [1, 2], [1, 2], [], 'begin with 0'],
    ['starts ends early', [1, 2], [0, 1], [], 'end with 2'],
    ['starts ends late', [1, 2], [0, 3], [], 'end with 2'],
    ['a sequence is empty', [1, 2], [0, 1, 1, 2], [], 'sequence 1 without a token'],
    ['a sequence is too long', [1, 2, 3, 4, 5, 6, 7], [0, 7], [], 'sequence 0 has 7 tokens'],
    ['an id is negative', [1, -1], [0, 2], [], 'tokens[1] = -1'],
    ['an id is the vocabulary’s size', [10, 1], [0, 2], [], 'tokens[0] = 10'],
    ['spans are not pairs', [1, 2], [0, 2], [1], 'not pairs'],
    ['a span is empty', [1, 2], [0, 2], [1, 1], 'empty'],
    ['a span is reversed', [1, 2, 3], [0, 3], [2, 1], 'reversed'],
    ['a span begins below 0', [1, 2, 3], [0, 3], [-1, 2], 'precedes'],
    ['spans overlap', [1, 2, 3, 4], [0, 4], [1, 3, 2, 4], 'overlaps'],
    ['spans are unsorted', [1, 2, 3, 4], [0, 4], [2, 3, 1, 2], 'precedes'],
    ['a span holds the very first token', [1, 2], [0, 2], [0, 1], 'first token of sequence 0'],
    ['a span holds a later sequence’s first token', [1, 2, 3], [0, 1, 3], [1, 3], 'first token of sequence 1'],
    ['a span crosses sequences', [1, 2, 3, 4], [0, 2, 4], [1, 3], 'leaves sequence 0'],
    ['a span ends beyond the tokens', [1, 2], [0, 2], [1, 3], 'leaves sequence 0'],
    ['a span begins beyond the tokens', [1, 2], [0, 2], [2, 3], 'beyond the last token'],
  ])('is a RangeError where %s', (_, tokens, starts, spans, message) => {
    const check = () => checkBatch(batch(tokens, starts, spans), 10, 6);
    expect(check).toThrow(RangeError);
    expect(check).toThrow(message);
  });

  it('is a TypeError where a part is another kind of array', () => {
    const plain: unknown = { tokens: [1], starts: Int32Array.of(0, 1), spans: new Int32Array(0) };
    expect(() => checkBatch(plain as never, 10, 6)).toThrow(TypeError);
  });
});
