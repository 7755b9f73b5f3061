import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import { openJournalAnswers, type JournalAnswers } from '../../llm/journal/journal-answers.js';
import { EVOLUTION_RUN } from '../../runs/generation-run.js';
import { readAnyManifest } from '../../runs/read-run.js';

/** The answers of a run that asked generators. */
export interface RunAnswers extends AsyncDisposable {
  /** Its manifest's: `evolve`, `respond`, `autoif`, … */
  readonly kind: string;
  readonly answers: JournalAnswers;
}

/**
 * Opens the answers in a run's journal.
 *
 * @throws EvosiftError `bad_data` where `run` is no run, has no journal, or one without answers.
 */
export async function openRunAnswers(run: string): Promise<RunAnswers> {
  const { identity } = await readAnyManifest<{ readonly kind?: string }>(run);
  const { kind } = identity;
  const path = join(run, EVOLUTION_RUN.files.journal);
  if (kind === undefined || !existsSync(path)) {
    const what = kind === undefined ? 'it holds scores' : `its ${EVOLUTION_RUN.files.journal} is missing`;
    throw new EvosiftError(
      'bad_data',
      `${run} has no journal of answers: ${what}; name the run of evolve, respond or autoif that asked a generator`,
    );
  }
  const answers = await openJournalAnswers(path);
  if (Object.keys(answers.counts).length > 0)
    return { kind, answers, [Symbol.asyncDispose]: () => answers[Symbol.asyncDispose]() };
  await answers[Symbol.asyncDispose]();
  throw new EvosiftError(
    'bad_data',
    `${path} has no answers; where the run replayed a journal, name the run that wrote that one`,
  );
}
