import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unwritable } from '../../base/file-error.js';
import { openDatabase, quoteText } from '../../database/database.js';
import { syncFolder } from '../../files/atomic-file.js';
import { METADATA_KEY, type FileIdentity } from './embeddings-file.js';

/** A Parquet writer holds a row group in memory. */
const ROW_GROUP_ROWS = 2_048;

/**
 * Writes the rows of a journal as Parquet: the same bytes for the same rows.
 *
 * @param draft Where the file is until it is whole, on the disk of `path`.
 * @throws EvosiftError `disk_full`, `bad_argument` where it can't be written.
 */
export async function writeEmbeddings(
  journal: string,
  draft: string,
  path: string,
  identity: FileIdentity,
): Promise<void> {
  await using database = await openDatabase(dirname(draft), 'writing embeddings');
  const columns =
    "{index: 'INTEGER', id: 'VARCHAR', hash: 'VARCHAR', embedding: 'FLOAT[]', reason: 'VARCHAR', truncated: 'BOOLEAN'}";
  try {
    await database.connection.run(
      `COPY (SELECT * FROM read_json(${quoteText(journal)}, format = 'newline_delimited', columns = ${columns}))
       TO ${quoteText(draft)} (FORMAT parquet, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}, USE_TMP_FILE false,
       KV_METADATA {${METADATA_KEY}: ${quoteText(JSON.stringify(identity))}})`,
    );
    await syncFolder(draft);
    await rename(draft, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw unwritable(path, error, '; what is embedded is safe');
  }
}
