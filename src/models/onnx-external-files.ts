import { EvosiftError, messageOf } from '../base/errors.js';
import { ProtobufReader, type Field } from './protobuf-reader.js';

/**
 * The names of the files beside an ONNX file that hold its tensors, sorted; field numbers are those of onnx.proto3.
 * Tensor data is skipped, not read.
 *
 * @throws EvosiftError `bad_weights` where the file is no ONNX model, or external data would lie outside its directory.
 */
export function readExternalFiles(path: string): readonly string[] {
  try {
    using reader = new ProtobufReader(path);
    const names = new Set<string>();
    let parts = 0;
    for (const graph of numbered(7, reader.fields(0, reader.size))) {
      for (const field of reader.fields(graph.from, graph.to)) {
        if (field.number === 1 || field.number === 5) parts++;
        if (field.number === 5) collectLocations(reader, field, names);
      }
    }
    if (parts === 0) throw new RangeError('it has no graph');
    return checkedNames(names);
  } catch (cause) {
    throw new EvosiftError('bad_weights', `${path} is not an ONNX model that can be read: ${messageOf(cause)}.`, {
      cause,
    });
  }
}

function* numbered(number: number, fields: Iterable<Field>): Generator<Field> {
  for (const field of fields) if (field.number === number) yield field;
}

/** @param tensor A TensorProto; its external data is told by entries of a key and a value. */
function collectLocations(reader: ProtobufReader, tensor: Field, names: Set<string>): void {
  for (const entry of numbered(13, reader.fields(tensor.from, tensor.to))) {
    let [key, value] = ['', ''];
    for (const { number, from, to } of reader.fields(entry.from, entry.to)) {
      if (number === 1) key = reader.text(from, to);
      else if (number === 2) value = reader.text(from, to);
    }
    if (key === 'location') names.add(value);
  }
}

function checkedNames(names: Iterable<string>): string[] {
  const sorted = [...names].sort();
  const outside = sorted.find((name) => name === '' || /[/\\]/.test(name) || name.startsWith('..'));
  if (outside !== undefined) {
    throw new RangeError(`it keeps tensors in ${JSON.stringify(outside)}, which is not a file beside it`);
  }
  return sorted;
}
