import { existsSync } from 'node:fs';
import { EvosiftError } from '../../base/errors.js';
import { isRecord } from '../../base/json.js';
import { AppendFile } from '../../files/append-file.js';
import { readLines } from '../../files/json-lines.js';
import type { EmbeddingRow } from './embedding-row.js';

/** What tells a row that is stored from another. */
export type StoredRow = Pick<EmbeddingRow, 'index' | 'hash'>;

/** The rows that are embedded so far, as JSON lines in input order. What `append` has resolved for is durable. */
export class EmbeddingJournal implements AsyncDisposable {
  #bytes = 0;
  #file: AppendFile | null = null;

  constructor(readonly path: string) {}

  /** The whole lines; to be read to the end before the first `append`. @throws EvosiftError `bad_data`. */
  async *stored(): AsyncGenerator<StoredRow> {
    if (!existsSync(this.path)) return;
    for await (const { bytes, line } of readLines(this.path)) {
      const row = parse(bytes.toString());
      if (row === null) {
        throw new EvosiftError('bad_data', `${this.path} line ${line} is damaged; start over with \`force\``);
      }
      this.#bytes += bytes.length + 1;
      yield row;
    }
  }

  /** @throws EvosiftError `disk_full`; then nothing of these rows is in the file. */
  async append(rows: readonly EmbeddingRow[]): Promise<void> {
    this.#file ??= await AppendFile.open(this.path, this.#bytes);
    await this.#file.append(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close();
  }
}

function parse(text: string): StoredRow | null {
  try {
    const row: unknown = JSON.parse(text);
    return isRecord(row) && typeof row['index'] === 'number' ? (row as unknown as StoredRow) : null;
  } catch {
    return null;
  }
}
