import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const WINDOW = 1 << 16;

/** A length-delimited field of a protobuf message, and where its bytes lie in the file. */
export interface Field {
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Walks the length-delimited fields of protobuf messages in a file without reading what is skipped, so that gigabytes
 * of tensor data cost nothing. Numbers are passed over.
 */
export class ProtobufReader implements Disposable {
  readonly size: number;
  readonly #file: number;
  readonly #window = Buffer.alloc(WINDOW);
  #windowAt = 0;
  #windowLength = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'r');
    this.size = fstatSync(this.#file).size;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  /**
   * The length-delimited fields of the message in bytes [from, to).
   *
   * @throws RangeError where the bytes are no message.
   */
  *fields(from: number, to: number): Generator<Field, void, undefined> {
    let at = from;
    while (at < to) {
      const tag = this.#varint(at, to);
      at = tag.end;
      const number = Math.floor(tag.value / 8);
      const wireType = tag.value % 8;
      if (wireType === 0) {
        at = this.#varint(at, to).end;
      } else if (wireType === 2) {
        const length = this.#varint(at, to);
        at = length.end + length.value;
        if (at > to) throw new RangeError(`field ${number} at byte ${tag.end} ends beyond its message`);
        yield { number, from: length.end, to: at };
      } else if (wireType === 1 || wireType === 5) {
        at += wireType === 1 ? 8 : 4;
      } else {
        throw new RangeError(`wire type ${wireType} at byte ${tag.end}`);
      }
    }
    if (at !== to) throw new RangeError(`a message ends at byte ${at}, beyond ${to}`);
  }

  text(from: number, to: number): string {
    const bytes = Buffer.alloc(to - from);
    readSync(this.#file, bytes, 0, bytes.length, from);
    return bytes.toString('utf8');
  }

  #varint(from: number, to: number): { value: number; end: number } {
    let value = 0;
    let scale = 1;
    for (let at = from; at < to && at < from + 10; at++) {
      const byte = this.#byte(at);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return { value, end: at + 1 };
      scale *= 128;
    }
    throw new RangeError(`an unfinished number at byte ${from}`);
  }

  #byte(at: number): number {
    if (at < this.#windowAt || at >= this.#windowAt + this.#windowLength) {
      this.#windowAt = at;
      this.#windowLength = readSync(this.#file, this.#window, 0, WINDOW, at);
      if (this.#windowLength === 0) throw new RangeError(`the file ends before byte ${at}`);
    }
    return this.#window.readUInt8(at - this.#windowAt);
  }
}
