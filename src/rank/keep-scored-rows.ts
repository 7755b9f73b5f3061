import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { untilAborted } from '../async/abort.js';
import { EvosiftError } from '../base/errors.js';
import { isRecord } from '../base/json.js';
import { unwritable } from '../base/file-error.js';
import { jsonRow } from '../runs/keep-input.js';
import { RUN_FILES } from '../runs/read-run.js';
import type { RunIdentity } from '../runs/run-identity.js';
import { scoreText } from '../runs/score-file.js';
import type { Outcome } from '../score/outcome.js';
import { toScoreLine } from '../score/to-score-line.js';
import type { RankPlan } from './plan.js';

/** A row with what scoring made of it. Outcomes of one row, with its turns, stand together. */
export interface ScoredRow {
  readonly row: object;
  readonly outcome: Outcome;
}

/** The rows, in the folder that keeps them. */
export const KEPT_ROWS = 'rows.jsonl';

/**
 * Keeps rows and their scores in a folder, as a run would hold them, so that ranking them takes no memory either.
 * Returns which of their turns the outcomes are about.
 *
 * @throws EvosiftError `disk_full`, `aborted`; `bad_data` where a row can't be written as JSON. What `rows` throws.
 */
export async function keepScoredRows(
  rows: Iterable<ScoredRow> | AsyncIterable<ScoredRow>,
  folder: string,
  plan: RankPlan,
): Promise<RunIdentity['turns']> {
  const recipe = plan.kept?.recipe ?? undefined;
  const files = [KEPT_ROWS, RUN_FILES.scores].map((name) => createWriteStream(join(folder, name)));
  const [texts, scores] = files as [WriteStream, WriteStream];
  // What fails is told by whoever waits: `write` below, or the end.
  const ended = Promise.all(files.map((file) => finished(file)));
  ended.catch(() => {});
  let index = -1;
  let last: ScoredRow | null = null;
  let turns: RunIdentity['turns'] = 'reject';
  try {
    for await (const given of untilAborted(each(rows), plan.signal)) {
      const { row, outcome } = checked(given, index + 1);
      // The turns of one row.
      if (last === null || row !== last.row || outcome.index !== last.outcome.index) {
        index++;
        await write(texts, jsonRow(row, index));
        if (outcome.turn !== null && turns === 'reject') turns = 'last';
      } else turns = 'each';
      last = given;
      await write(scores, scoreText(toScoreLine({ ...outcome, index }, { recipe })));
    }
    for (const file of files) file.end();
    await ended;
    if (last === null) throw new EvosiftError('bad_data', 'rank: `rows` gives none: there is nothing to rank');
    return turns;
  } catch (error) {
    for (const file of files) file.destroy();
    throw unwritable(folder, error);
  }
}

async function* each<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
  yield* items;
}

const NUMBERS = ['lossQ', 'lossAGivenQ', 'lossA', 'ifd', 'icIfd', 'ifdPpl', 'icIfdPpl'] as const;

/** @throws EvosiftError `bad_data` where it is not a row with an outcome as a scorer gives it. */
function checked(given: unknown, index: number): ScoredRow {
  const outcome: unknown = isRecord(given) ? given['outcome'] : undefined;
  const isOutcome =
    isRecord(outcome) &&
    Number.isSafeInteger(outcome['index']) &&
    (outcome['status'] === 'scored' || outcome['status'] === 'unscored') &&
    Array.isArray(outcome['turns']) &&
    NUMBERS.every((name) => outcome[name] === null || typeof outcome[name] === 'number');
  if (isRecord(given) && isRecord(given['row']) && isOutcome) return given as unknown as ScoredRow;
  throw new EvosiftError(
    'bad_data',
    `rank: what \`rows\` gives for row ${index} is not {row, outcome}: a row, and what Scorer.score made of it`,
  );
}

async function write(file: WriteStream, text: string): Promise<void> {
  if (file.errored !== null) throw file.errored;
  if (!file.write(text)) await once(file, 'drain');
}
