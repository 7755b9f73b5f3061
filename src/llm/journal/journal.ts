import { Counts } from '../../base/counts.js';
import { EvosiftError } from '../../base/errors.js';
import { IndexedLog } from '../../files/indexed-log.js';
import { LogIndex, type LogFormat } from '../../files/log-index.js';
import { journalText, parseJournalLine, type JournalEntry } from './journal-line.js';
import { addressOf } from './request-hash.js';

/** `journal.jsonl`: what came of every request of a run, found by `addressOf`. One process at a time may have it open. */
export type Journal = IndexedLog<JournalEntry>;

const FORMAT: LogFormat<JournalEntry> = {
  parse: parseJournalLine,
  textOf: journalText,
  keyOf: ({ generator, key, request }) => addressOf(generator, key, request),
  groupOf: null,
  // A request that had failed was made again.
  keeps: 'last',
  damaged: (path, line) =>
    new EvosiftError(
      'bad_data',
      `${path} line ${line} is damaged; remove that line, so that its request is made again, or start over with \`force\``,
    ),
};

/** @throws EvosiftError as `IndexedLog.open`. */
export const openJournal = (path: string): Promise<Journal> => IndexedLog.open(path, FORMAT);

/** A journal that is only read. */
export interface RecordedJournal {
  readonly entries: LogIndex<JournalEntry>;
  /** The generators that it has answers of, and the models behind each, as `modelOf` named them. */
  readonly models: ReadonlyMap<string, ReadonlySet<string>>;
  /** How many lines of each generator hold an answer. */
  readonly answers: Counts;
}

/** @throws EvosiftError `bad_data` for a damaged line, with its number. */
export async function readJournal(path: string): Promise<RecordedJournal> {
  const models = new Map<string, Set<string>>();
  const answers = new Counts();
  const entries = await LogIndex.read(path, FORMAT, ({ generator, model, settled }) => {
    if (settled.ok) answers.add(generator);
    models.set(generator, (models.get(generator) ?? new Set()).add(model));
  });
  return { entries, models, answers };
}
