import { EvosiftError } from '../../base/errors.js';
import { readLines } from '../../files/json-lines.js';
import type { ChatMessage, Completion } from '../chat.js';
import type { JournalKey } from '../question.js';
import { readJournal } from './journal.js';
import { parseJournalLine } from './journal-line.js';
import { addressOf } from './request-hash.js';

/** An answer as a generator gave it, and what it was given to. */
export interface JournalAnswer {
  readonly key: JournalKey;
  /** The plan's name. */
  readonly generator: string;
  /** As `modelOf` gives it. */
  readonly model: string;
  /** Null where they were too long to be kept. */
  readonly messages: readonly ChatMessage[] | null;
  readonly completion: Completion;
}

/** A journal's answers. */
export interface JournalAnswers extends AsyncIterable<JournalAnswer>, AsyncDisposable {
  /** The generators that were asked, in alphabetic order, and the models behind each. */
  readonly models: ReadonlyMap<string, ReadonlySet<string>>;
  /** How many answers there are, at most, of each generator that gave any. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * The answers of a run's journal in its order, each once; several to one key come in the order in which they were asked
 * for.
 *
 * @throws EvosiftError `bad_data` where a line is damaged; from the iterator where one keeps no messages.
 */
export async function openJournalAnswers(path: string): Promise<JournalAnswers> {
  const { entries, models, answers } = await readJournal(path);
  return {
    models: new Map([...models].sort(([a], [b]) => (a < b ? -1 : 1))),
    counts: answers.values,
    async *[Symbol.asyncIterator]() {
      for await (const { bytes, line } of readLines(path)) {
        const entry = parseJournalLine(bytes.toString());
        if (entry === null || !entry.settled.ok) continue;
        const { key, generator, model, request, messages, settled } = entry;
        if (messages === undefined) {
          const [last] = (await entries.find(addressOf(generator, key, request))) ?? [];
          // A later line completes this one.
          if (last?.messages !== undefined) continue;
          throw new EvosiftError(
            'bad_data',
            `${path} line ${line} keeps no messages: an earlier evosift wrote it\n` +
              "give the run's own command again: nothing is asked anew, and the messages are kept",
          );
        }
        yield { key, generator, model, messages, completion: settled.completion };
      }
    },
    [Symbol.asyncDispose]: () => entries.close(),
  };
}
