import { Transform } from 'node:stream';
import type { ZstdBinding, ZstdStream } from 'zstd-codec/lib/module.js';

/** What is wrong with a zstd stream. */
export class ZstdFault extends Error {
  constructor(readonly kind: 'cut' | 'damaged') {
    super(`the zstd stream is ${kind}`);
  }
}

/** libzstd's own default. */
const LEVEL = 3;

/** Bytes that are decompressed at one time: what comes of them is in memory at once, at most 32,000 times as much. */
const SLICE_BYTES = 512;

/** A frame that holds these eight bytes. */
const LAST_WORD = Buffer.from('evo-sift');
const LAST_FRAME = Buffer.concat([Buffer.from('28b52ffd2008410000', 'hex'), LAST_WORD]);

let loading: Promise<ZstdBinding> | null = null;

/** libzstd, as WebAssembly, loaded once. */
const loadZstd = (): Promise<ZstdBinding> => (loading ??= startZstd());

async function startZstd(): Promise<ZstdBinding> {
  const { default: module } = await import('zstd-codec/lib/module.js');
  return await new Promise((resolve) => {
    // The binding has a `then` that gives itself: a promise would ask it for ever.
    module.run(({ ZstdCompressStreamBinding, ZstdDecompressStreamBinding }) => {
      resolve({ ZstdCompressStreamBinding, ZstdDecompressStreamBinding });
    });
  });
}

/**
 * The contents of a zstd stream, of all its frames.
 *
 * @throws ZstdFault where the stream is damaged or ends inside a frame; what comes before is given first.
 */
export async function* decompressZstd(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { ZstdDecompressStreamBinding } = await loadZstd();
  const stream = new ZstdDecompressStreamBinding();
  try {
    stream.begin();
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
        const { isRefused, bytes } = passed(stream, chunk.subarray(at, at + SLICE_BYTES));
        if (bytes.length > 0) yield bytes;
        if (isRefused) throw new ZstdFault('damaged');
      }
    }
    // Whether a frame is whole is not told: another frame comes out as it went in only behind one that is.
    const { bytes } = passed(stream, LAST_FRAME);
    if (!bytes.equals(LAST_WORD)) throw new ZstdFault('cut');
  } finally {
    stream.delete();
  }
}

function passed(stream: ZstdStream, given: Buffer): { readonly isRefused: boolean; readonly bytes: Buffer } {
  const parts: Buffer[] = [];
  const isRefused = !stream.transform(given, (bytes) => void parts.push(Buffer.from(bytes)));
  return { isRefused, bytes: Buffer.concat(parts) };
}

/** A stream that compresses what is written to it, into one frame. */
export async function createZstd(): Promise<Transform> {
  const { ZstdCompressStreamBinding } = await loadZstd();
  const stream = new ZstdCompressStreamBinding();
  stream.begin(LEVEL);
  return new Transform({
    transform(bytes: Buffer, _, done) {
      const isTaken = stream.transform(bytes, (compressed) => this.push(Buffer.from(compressed)));
      done(isTaken ? null : new ZstdFault('damaged'));
    },
    flush(done) {
      const isTaken = stream.end((compressed) => this.push(Buffer.from(compressed)));
      done(isTaken ? null : new ZstdFault('damaged'));
    },
    destroy(error, done) {
      stream.delete();
      done(error);
    },
  });
}
