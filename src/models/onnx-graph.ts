import { EvosiftError, messageOf } from '../base/errors.js';
import { ProtobufReader, type Field } from './protobuf-reader.js';

/** A weight of an ONNX graph. */
export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  /** Bytes an element takes; 4-bit types count a half. */
  readonly elementBytes: number;
}

/** What a graph says about its weights. */
export interface OnnxGraph {
  readonly initializers: readonly Initializer[];
  /** Names of the initializers that matrix products read. */
  readonly multiplied: ReadonlySet<string>;
  /** Files beside the graph that hold tensor data, sorted. */
  readonly externalFiles: readonly string[];
}

/** TensorProto.DataType (onnx.proto3) by bytes an element; 4-bit types take half of one. */
const DATA_TYPES_BY_BYTES: ReadonlyMap<number, readonly number[]> = new Map([
  [0.5, [21, 22]],
  [1, [2, 3, 9, 17, 18, 19, 20]],
  [2, [4, 5, 10, 16]],
  [4, [1, 6, 12]],
  [8, [7, 11, 13]],
]);

const elementBytesOf = (dataType: number): number =>
  [...DATA_TYPES_BY_BYTES].find(([, types]) => types.includes(dataType))?.[0] ?? 1;

const MATRIX_PRODUCTS: ReadonlySet<string> = new Set(['MatMul', 'Gemm', 'FusedMatMul', 'MatMulNBits']);

/**
 * Reads an ONNX file's weights' shapes and external files; field numbers are those of onnx.proto3. Tensor data is
 * skipped, not read.
 *
 * @throws EvosiftError `bad_weights` where the file is no ONNX model, or external data would lie outside its directory.
 */
export function readOnnxGraph(path: string): OnnxGraph {
  try {
    using reader = new ProtobufReader(path);
    const initializers: Initializer[] = [];
    const multiplied = new Set<string>();
    const externalFiles = new Set<string>();
    for (const graph of messages(reader.fields(0, reader.size), 7)) {
      for (const field of reader.fields(graph.from, graph.to)) {
        if (field.kind !== 'bytes') continue;
        if (field.number === 1) collectMultiplied(reader, field.from, field.to, multiplied);
        else if (field.number === 5) initializers.push(readInitializer(reader, field.from, field.to, externalFiles));
      }
    }
    if (initializers.length === 0 && multiplied.size === 0) throw new RangeError('it has no graph');
    return { initializers, multiplied, externalFiles: checkedNames(externalFiles) };
  } catch (cause) {
    throw new EvosiftError('bad_weights', `${path} is not an ONNX model that can be read: ${messageOf(cause)}.`, {
      cause,
    });
  }
}

function* messages(fields: Iterable<Field>, number: number): Generator<{ from: number; to: number }> {
  for (const field of fields) if (field.kind === 'bytes' && field.number === number) yield field;
}

function collectMultiplied(reader: ProtobufReader, from: number, to: number, multiplied: Set<string>): void {
  const inputs: string[] = [];
  let operation = '';
  for (const field of reader.fields(from, to)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 1) inputs.push(reader.text(field.from, field.to));
    else if (field.number === 4) operation = reader.text(field.from, field.to);
  }
  if (MATRIX_PRODUCTS.has(operation)) for (const input of inputs) multiplied.add(input);
}

function readInitializer(reader: ProtobufReader, from: number, to: number, externalFiles: Set<string>): Initializer {
  const dims: number[] = [];
  let name = '';
  let elementBytes = 4;
  for (const field of reader.fields(from, to)) {
    if (field.number === 1 && field.kind === 'varint') dims.push(field.value);
    else if (field.number === 1 && field.kind === 'bytes') dims.push(...reader.packed(field.from, field.to));
    else if (field.number === 2 && field.kind === 'varint') elementBytes = elementBytesOf(field.value);
    else if (field.number === 8 && field.kind === 'bytes') name = reader.text(field.from, field.to);
    else if (field.number === 13 && field.kind === 'bytes') {
      const [key, value] = readEntry(reader, field.from, field.to);
      if (key === 'location') externalFiles.add(value);
    }
  }
  return { name, dims, elementBytes };
}

/** A StringStringEntryProto. */
function readEntry(reader: ProtobufReader, from: number, to: number): [string, string] {
  const entry: [string, string] = ['', ''];
  for (const field of reader.fields(from, to)) {
    if (field.kind === 'bytes' && (field.number === 1 || field.number === 2)) {
      entry[field.number - 1] = reader.text(field.from, field.to);
    }
  }
  return entry;
}

function checkedNames(names: Iterable<string>): string[] {
  const sorted = [...names].sort();
  const outside = sorted.find((name) => name === '' || /[/\\]/.test(name) || name.startsWith('..'));
  if (outside !== undefined) {
    throw new RangeError(`it keeps tensors in ${JSON.stringify(outside)}, which is not a file beside it`);
  }
  return sorted;
}

/** Elements of a tensor. */
export const elementsOf = (initializer: Initializer): number =>
  initializer.dims.reduce((product, dimension) => product * dimension, 1);
