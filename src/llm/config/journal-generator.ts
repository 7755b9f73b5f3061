import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { EvosiftError, messageOf } from '../../base/errors.js';
import { parseJournalLine } from '../journal/journal-line.js';

/**
 * The name of the generator whose answers a journal holds, so that a replayed run calls it as the run that wrote it
 * did: the one that evolved, or in a journal without evolution the only one.
 *
 * @throws EvosiftError `bad_data` where the file is no journal, `bad_argument` where several have evolved.
 */
export async function journalGenerator(file: string, where: string): Promise<string> {
  const evolved = new Set<string>();
  const all = new Set<string>();
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      const entry = parseJournalLine(line);
      if (entry === null) continue; // Whoever replays says which line is damaged.
      all.add(entry.generator);
      if (entry.key.stage === 'evolve') evolved.add(entry.generator);
    }
  } catch (cause) {
    const why = messageOf(cause);
    throw new EvosiftError('bad_data', `${where}: the journal ${file} cannot be read: ${why}`, { cause });
  }
  const names = [...(evolved.size > 0 ? evolved : all)];
  const [name] = names;
  if (name === undefined) throw new EvosiftError('bad_data', `${where}: ${file} is no journal of answers`);
  if (names.length > 1) {
    throw new EvosiftError(
      'bad_argument',
      `${where}: ${file} holds answers of several generators; say which: ${names.map((one) => `replay:${file}#${one}`).join(' ')}`,
    );
  }
  return name;
}
