import type { Writable } from 'node:stream';
import { PartFile } from '../files/part-file.js';
import { OutputStream } from '../rank/output-stream.js';

/** Takes text; what a file was given counts only once it is finished. */
export interface LineOutput extends AsyncDisposable {
  write(text: string): Promise<void>;
  finish(): Promise<void>;
}

/** @throws EvosiftError `bad_argument` where the file can't be written. */
export async function openOutput(out: string | Writable): Promise<LineOutput> {
  if (typeof out === 'string') return await PartFile.open(out);
  const output = new OutputStream(out);
  return {
    async write(text) {
      output.push(text);
      await output.ready();
    },
    finish: () => output.flush(),
    async [Symbol.asyncDispose]() {},
  };
}
