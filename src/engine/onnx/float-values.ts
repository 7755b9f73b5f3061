import type { Tensor } from 'onnxruntime-node';
import { EvosiftError } from '../../base/errors.js';
import { halfToFloat } from './half.js';

/** The values [from, to) of an output as f32, row major. */
export function floatValues({ data, type }: Tensor, from: number, to: number): Float32Array {
  if (data instanceof Float32Array) return data.subarray(from, to);
  if (data instanceof Float64Array) return Float32Array.from(data.subarray(from, to));
  if (type === 'float16' && ArrayBuffer.isView(data)) {
    // A Float16Array where the runtime has them, else the bits.
    return halfToFloat(new Uint16Array(data.buffer, data.byteOffset + from * 2, to - from));
  }
  throw new EvosiftError('bad_weights', `an output came as ${type}; evosift reads float32, float16 and float64.`);
}
