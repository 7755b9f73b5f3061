import { Tensor } from 'onnxruntime-node';

type IntegerType = 'int64' | 'int32';

export const isIntegerType = (type: string): type is IntegerType => type === 'int64' || type === 'int32';

/** A tensor [1, length] of the type that the graph's input has. */
export const integerTensor = (type: IntegerType, values: Int32Array): Tensor =>
  type === 'int64'
    ? new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
    : new Tensor('int32', values, [1, values.length]);
