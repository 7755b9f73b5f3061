import { existsSync } from 'node:fs';
import { EvosiftError } from '../../base/errors.js';
import { readJournal, type RecordedJournal } from '../journal/journal.js';
import type { Settled } from '../journal/journal-line.js';
import { addressOf, requestHash } from '../journal/request-hash.js';
import type { JournalKey, Question } from '../question.js';

/**
 * The answers of an earlier run's journal. A plan stands for the generator of its own name there; in a journal of one
 * generator, for that one. The model's name is the journal's: only messages and sampling must be the same.
 */
export class ReplayedAnswers implements AsyncDisposable {
  private constructor(private readonly journal: RecordedJournal) {}

  /** @throws EvosiftError `bad_data` where the file is missing, holds no answers, or is damaged. */
  static async open(path: string): Promise<ReplayedAnswers> {
    if (!existsSync(path)) throw new EvosiftError('bad_data', `${path}: there is no such journal to replay`);
    const journal = await readJournal(path);
    if (journal.models.size === 0) throw new EvosiftError('bad_data', `${path}: the journal has no answers to replay`);
    return new ReplayedAnswers(journal);
  }

  /** The names of the generators that the journal has answers of, in alphabetic order. */
  get generators(): readonly string[] {
    return [...this.journal.models.keys()].sort();
  }

  /** @throws EvosiftError `replay_miss`, naming the question's key. */
  async answer({ key, plan, messages, sampling }: Question): Promise<Settled> {
    const generator = this.#standIn(plan.name);
    if (generator === null) throw this.#miss(key, `name the generator that is meant, of ${this.generators.join(', ')}`);
    for (const model of this.journal.models.get(generator) ?? []) {
      const request = requestHash(model, messages, sampling);
      const [entry] = (await this.journal.entries.find(addressOf(generator, key, request))) ?? [];
      if (entry !== undefined) return entry.settled;
    }
    throw this.#miss(key, 'replay it with the data, prompts and sampling of the run that wrote it');
  }

  #standIn(name: string): string | null {
    if (this.journal.models.has(name)) return name;
    const [first = null, second] = this.generators;
    return second === undefined ? first : null;
  }

  #miss({ stage, item, operation, sample, attempt }: JournalKey, what: string): EvosiftError {
    const asked = `${stage} ${item}, ${operation}, sample ${sample}, attempt ${attempt}`;
    return new EvosiftError('replay_miss', `${this.journal.entries.path} has no answer to ${asked}; ${what}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.journal.entries.close();
  }
}
