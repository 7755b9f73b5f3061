import { EvosiftError } from '../../base/errors.js';
import { queryRows } from '../../database/database.js';
import { identityDifferences } from '../../runs/compare-identity.js';
import type { StoredRow } from './embedding-journal.js';
import { readIdentity, withParquet, type FileIdentity } from './embeddings-file.js';
import { expectEnd, passOver, REMEDY, type RowIterator } from './pass-over.js';

/**
 * Sees that a file holds what would be written now.
 *
 * @throws EvosiftError `run_mismatch` where it is of another encoder, text or rows, or no file of embeddings.
 */
export async function checkFinished(path: string, identity: FileIdentity, rows: RowIterator): Promise<void> {
  await withParquet(path, async (connection, table) => {
    const there = await readIdentity(connection, path);
    const differences = there === null ? ['it is not of evosift'] : identityDifferences(there, identity);
    if (differences.length > 0) {
      const text = `${path} holds other embeddings: ${differences.slice(0, 3).join('; ')}.\n${REMEDY}`;
      throw new EvosiftError('run_mismatch', text, { option: 'path' });
    }
    const stored = async function* (): AsyncGenerator<StoredRow> {
      for await (const [index, hash] of queryRows(connection, `SELECT index, hash FROM ${table}`))
        yield { index: Number(index), hash: hash === null ? null : String(hash) };
    };
    await passOver(stored(), rows, path);
    await expectEnd(rows, path);
  });
}
