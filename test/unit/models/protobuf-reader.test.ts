import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crossEntropy } from '../../../src/engine/onnx/cross-entropy.js';
import { fastestCrossEntropy } from '../../../src/engine/onnx/fastest-cross-entropy.js';
import { halfToFloat } from '../../../src/engine/onnx/half.js';
import { readExternalFiles } from '../../../src/models/onnx-external-files.js';

describe('half precision', () => {
  it('is read as IEEE 754 says', () => {
    const bits = Uint16Array.of(0, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0400, 0x3555, 0x7c00, 0xfc00, 0x7e00);
    const values = [0, 1, -2, 65504, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 0.333251953125, Infinity, -Infinity, NaN];
    expect([...halfToFloat(bits)]).toEqual(values);
    expect(Object.is(halfToFloat(Uint16Array.of(0x8000))[0], -0)).toBe(true);
  });
});

describe.each([
  { where: 'in f64', lossesOf: crossEntropy },
  { where: 'as fast as it can be had here', lossesOf: fastestCrossEntropy() },
])('cross-entropy $where', ({ lossesOf }) => {
  it.each([true, false])('of even logits is log V, whatever their size (statistics: %s)', (stats) => {
    for (const logit of [0, -3e4, 3e4]) {
      const { nll, top1, entropy } = lossesOf(new Float32Array(8).fill(logit), 8, Int32Array.of(5), stats);
      expect(nll[0]).toBeCloseTo(Math.log(8), 6);
      expect(top1?.[0] ?? null).toEqual(stats ? expect.closeTo(1 / 8, 6) : null);
      expect(entropy?.[0] ?? null).toEqual(stats ? expect.closeTo(Math.log(8), 6) : null);
    }
  });

  it('leaves out tokens that are masked with -inf', () => {
    const logits = Float32Array.of(-Infinity, 0, 0, -Infinity);
    const { nll, top1, entropy } = lossesOf(logits, 4, Int32Array.of(1), true);
    expect([nll[0], top1?.[0], entropy?.[0]]).toEqual([Math.fround(Math.log(2)), 0.5, Math.fround(Math.log(2))]);
    expect(lossesOf(logits, 4, Int32Array.of(1), false).nll[0]).toBeCloseTo(Math.log(2), 6);
    expect(lossesOf(logits, 4, Int32Array.of(0), false)).toEqual({
      nll: Float32Array.of(Infinity),
      top1: null,
      entropy: null,
    });
  });

  it('takes each row at its own target, in a view that begins anywhere', () => {
    // Of two logits, a target's loss is log(1 + e^(other - own)).
    const logits = Float32Array.of(9, 9, 9, 0, 1, 2, 0, 0, -3).subarray(3);
    const targets = Int32Array.of(0, 1, 0, 1).subarray(1);
    expect([...lossesOf(logits, 2, targets, false).nll]).toEqual(
      [-1, -2, 3].map((difference) => Math.log1p(Math.exp(difference))).map((loss) => expect.closeTo(loss, 6)),
    );
  });
});

describe('an ONNX file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evosift-graph-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const FIXTURE = join(import.meta.dirname, '../../fixtures/onnx/folder/onnx/model.onnx');

  it('tells its external files', () => {
    expect(readExternalFiles(FIXTURE)).toEqual(['weights.bin']);
  });

  it('must have a graph', async () => {
    const path = join(folder, 'model.onnx');
    await writeFile(path, Buffer.of(0x08, 0x08, 0x3a, 0x00)); // ir_version: 8, graph: {}
    expect(() => readExternalFiles(path)).toThrow(
      expect.objectContaining({ code: 'bad_weights', message: expect.stringContaining('it has no graph') }),
    );
  });

  it('may not keep tensors outside its directory', async () => {
    const bytes = await readFile(FIXTURE);
    const at = bytes.indexOf('weights.bin');
    expect(at).toBeGreaterThan(0);
    bytes.write('../../a.bin', at); // as long as weights.bin
    await writeFile(join(folder, 'model.onnx'), bytes);
    expect(() => readExternalFiles(join(folder, 'model.onnx'))).toThrow(
      expect.objectContaining({ code: 'bad_weights', message: expect.stringContaining('not a file beside it') }),
    );
  });

  it('cut or altered anywhere is read or refused, and never hangs', async () => {
    const whole = await readFile(FIXTURE);
    const path = join(folder, 'model.onnx');
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    const ends = { read: 0, refused: 0 };
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(whole.subarray(0, round % 2 === 0 ? whole.length : random(whole.length)));
      for (let i = 0; i < 4 && bytes.length > 0; i++) bytes.writeUInt8(random(256), random(bytes.length));
      await writeFile(path, bytes);
      try {
        readExternalFiles(path);
        ends.read++;
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad_weights' });
        ends.refused++;
      }
    }
    expect(Math.min(ends.read, ends.refused)).toBeGreaterThan(50);
  });
});
