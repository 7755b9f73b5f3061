import type { OutputStream } from './output-stream.js';
import { onOneLine } from './json-object.js';
import { asJsonObject, type RankedRow } from './row-text.js';

/** One object a line. A JSON row's own text stays byte for byte, but for line breaks between its members. */
export async function writeJsonLines(rows: AsyncIterable<RankedRow>, output: OutputStream): Promise<void> {
  for await (const row of rows) {
    output.push(onOneLine(asJsonObject(row)));
    output.push('\n');
    await output.ready();
  }
}

/** One array of objects; a JSON row's own text stays byte for byte. */
export async function writeJsonArray(rows: AsyncIterable<RankedRow>, output: OutputStream): Promise<void> {
  let before = '[\n  ';
  for await (const row of rows) {
    output.push(before);
    output.push(asJsonObject(row));
    before = ',\n  ';
    await output.ready();
  }
  output.push(before === '[\n  ' ? '[]\n' : '\n]\n');
}
