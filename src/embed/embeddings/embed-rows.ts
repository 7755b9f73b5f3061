import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { abortOf } from '../../async/abort.js';
import { iterate } from '../../async/iterate.js';
import { EvosiftError } from '../../base/errors.js';
import { toSnakeCase } from '../../base/snake-case.js';
import { RunDirectory, type RunKind } from '../../runs/run-directory.js';
import { planEmbedding, type EmbeddingPlan, type EmbedRowsOptions } from './embed-rows-options.js';
import { EmbeddingJournal } from './embedding-journal.js';
import { embeddingRow, pendingRow, type EmbeddingRow, type PendingRow, type RowToEmbed } from './embedding-row.js';
import type { FileIdentity } from './embeddings-file.js';
import type { Encoder } from '../encoders/encoder.js';
import { checkFinished } from './finished-embeddings.js';
import { passOver, type RowIterator } from './pass-over.js';
import { readEmbeddings, type Embeddings } from './read-embeddings.js';
import { writeEmbeddings } from './write-embeddings.js';

/** While rows are embedded, what is done so far lies in a folder beside the file, which goes when the file is whole. */
const UNFINISHED: RunKind<'rows' | 'parquet'> = {
  files: { rows: 'rows.jsonl', parquet: 'embeddings.parquet' },
  work: 'rows',
};

/** Rows that are embedded, written and made durable at a time. */
const WINDOW = 64;

/**
 * Embeds the instruction of each row into a Parquet file with the columns index, id, hash, embedding (FLOAT[]), reason
 * and truncated: in input order, a row each, the embedding null where a row has no instruction or can't be read (reason says
 * why).
 *
 * Killed at any moment and called again with the same rows and encoder it goes on, and ends with the same bytes; where the
 * file is there already, nothing is embedded. Memory is bounded until the vectors are read in the end.
 *
 * @param rows In order; read once.
 * @throws EvosiftError `bad_argument`; `bad_data` where there are no rows, or none has an embedding; `run_busy` where another process is at it; `run_mismatch` where the file, or what is
 *   done of it, is of another encoder, text or rows; `disk_full`, `aborted`; those of `Encoder.embed`.
 */
export async function embedRows(
  rows: Iterable<RowToEmbed> | AsyncIterable<RowToEmbed>,
  options: EmbedRowsOptions,
): Promise<Embeddings> {
  const plan = planEmbedding(options);
  const { encoder, text, path, force } = plan;
  const unfinished = `${path}.part`;
  const identity: FileIdentity = { kind: 'embeddings', encoder: toSnakeCase(encoder.about), text };
  const source = iterate(rows);
  try {
    if (force) await rm(path, { force: true });
    if (existsSync(path)) {
      await checkFinished(path, identity, source);
    } else {
      await using directory = await RunDirectory.open(unfinished, UNFINISHED, { identity, force });
      await using journal = new EmbeddingJournal(directory.file('rows'));
      const resumed = await passOver(journal.stored(), source, unfinished);
      await directory.begin({ at: new Date().toISOString(), pid: process.pid, resumed_rows: resumed });
      const count = await embedFurther(source, resumed, plan, async (done) => {
        await directory.check();
        await journal.append(done);
      });
      if (count === 0) throw new EvosiftError('bad_data', 'embedRows: there are no rows.');
      await writeEmbeddings(directory.file('rows'), directory.file('parquet'), path, identity);
    }
  } finally {
    await source.return?.();
  }
  await rm(unfinished, { recursive: true, force: true });
  return readEmbeddings(path);
}

/** @returns How many rows there are in all. */
async function embedFurther(
  source: RowIterator,
  resumed: number,
  { encoder, text, signal, onProgress }: EmbeddingPlan,
  store: (rows: readonly EmbeddingRow[]) => Promise<void>,
): Promise<number> {
  for (let rows = resumed; ;) {
    const aborted = abortOf(signal);
    if (aborted !== null) throw aborted;
    onProgress({ rows });
    const window: PendingRow[] = [];
    while (window.length < WINDOW) {
      const { done, value } = await source.next();
      if (done === true) break;
      window.push(pendingRow(value, text));
    }
    if (window.length === 0) return rows;
    await store(await embedWindow(window, encoder, signal));
    rows += window.length;
  }
}

async function embedWindow(
  window: readonly PendingRow[],
  encoder: Encoder,
  signal: AbortSignal | undefined,
): Promise<EmbeddingRow[]> {
  const texts = window.flatMap(({ text }) => (text === null ? [] : [text]));
  const cut = new Set<number>();
  const vectors = await encoder.embed(texts, { signal, onTruncated: (text) => cut.add(text) });
  let at = 0;
  return window.map((row) => {
    if (row.text === null) return embeddingRow(row, null);
    const text = at++;
    const vector = vectors.subarray(text * encoder.dimension, (text + 1) * encoder.dimension);
    return embeddingRow(row, vector, cut.has(text));
  });
}
