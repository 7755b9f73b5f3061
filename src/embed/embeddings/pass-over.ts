import { EvosiftError } from '../../base/errors.js';
import type { StoredRow } from './embedding-journal.js';
import type { RowToEmbed } from './embedding-row.js';

/** Rows that are taken one after another. */
export type RowIterator = Pick<AsyncIterator<RowToEmbed>, 'next'>;

/**
 * Passes over the rows that are stored already.
 *
 * @param where The file that they are stored in, for messages.
 * @returns How many they are.
 * @throws EvosiftError `run_mismatch` where they are not the first rows of these data.
 */
export async function passOver(stored: AsyncIterable<StoredRow>, rows: RowIterator, where: string): Promise<number> {
  let count = 0;
  for await (const { index, hash } of stored) {
    const { done, value } = await rows.next();
    if (done === true) throw otherRows(where, `more rows than the data, which end after ${count}`);
    if (value.index !== index || hashOf(value) !== hash) throw otherRows(where, `another row ${index} than the data`);
    count++;
  }
  return count;
}

/** @throws EvosiftError `run_mismatch` where there are further rows. */
export async function expectEnd(rows: RowIterator, where: string): Promise<void> {
  const { done, value } = await rows.next();
  if (done !== true) throw otherRows(where, `no row ${value.index}, which the data have`);
}

const hashOf = ({ row }: RowToEmbed): string | null => (row.ok ? row.hash : null);

const otherRows = (where: string, why: string): EvosiftError =>
  new EvosiftError('run_mismatch', `${where} holds the embeddings of other data: it has ${why}.\n${REMEDY}`, {
    option: 'path',
  });

/** What to do where a file holds something else. */
export const REMEDY = 'Name another `path`, or start over with `force`.';
