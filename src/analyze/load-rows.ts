import { Counts } from '../base/counts.js';
import { EvosiftError } from '../base/errors.js';
import { throwIfAborted } from '../async/abort.js';
import type { Reporting } from '../async/reporting-task.js';
import type { ByMeasure } from './measures.js';
import type { AnalyzeProgress } from './options.js';
import { scoredRows, type ScoredRow } from './rows/read-rows.js';
import type { RowTable } from './rows/row-table.js';
import { measureText, rowTexts, type MeasuredText } from './rows/row-texts.js';
import type { AnalyzedRun } from './runs/open-run.js';
import type { Vocabulary } from './sections/vocabulary.js';

/** Rows between two looks at the signal and words to whoever listens. */
const ROWS_PER_REPORT = 1_024;

/** Outcomes of a run. */
export interface LoadedRun {
  readonly rows: number;
  readonly scored: number;
  readonly unscored: number;
  /** Of the unscored. */
  readonly reasons: Readonly<Record<string, number>>;
}

/**
 * Reads a run's rows into the table and the vocabulary.
 *
 * @throws EvosiftError `bad_data` where none is scored, or the run can't be read; `run_mismatch`, `aborted`.
 */
export async function loadRows(
  run: AnalyzedRun,
  table: RowTable,
  vocabulary: Vocabulary,
  { signal, onProgress }: Reporting<AnalyzeProgress>,
): Promise<LoadedRun> {
  const reasons = new Counts();
  let [rows, scored] = [0, 0];
  let worded = -1;
  for await (const row of scoredRows(run)) {
    rows++;
    if (rows % ROWS_PER_REPORT === 0) {
      throwIfAborted(signal);
      onProgress({ stage: 'reading', rows: table.rows });
    }
    if (row.line.status === 'unscored' || !row.parsed.ok) {
      reasons.add(row.line.reason);
      continue;
    }
    scored++;
    const texts = rowTexts(row.parsed.example);
    const [instruction, response] = [measureText(texts.instruction), measureText(texts.response)];
    table.append(run.name, row, measuresOf(row, instruction, response));
    // Turns that were scored one by one have the texts of the whole row.
    if (row.line.index !== worded) {
      vocabulary.add(run.name, { instruction: instruction.words, response: response.words });
    }
    worded = row.line.index;
  }
  if (scored === 0) throw nothingScored(run, rows, reasons.values);
  return { rows, scored, unscored: rows - scored, reasons: reasons.values };
}

function measuresOf({ line }: ScoredRow, instruction: MeasuredText, response: MeasuredText): ByMeasure<number | null> {
  const { lossQ, lossA, lossAGivenQ, ifd, icIfd, tokensInstruction, tokensA } = line;
  return {
    lossQ,
    lossA,
    lossAGivenQ,
    ifd,
    icIfd,
    tokensInstruction,
    tokensA,
    charactersInstruction: instruction.characters,
    charactersResponse: response.characters,
    wordsInstruction: instruction.words.length,
    wordsResponse: response.words.length,
  };
}

function nothingScored({ path }: AnalyzedRun, rows: number, reasons: LoadedRun['reasons']): EvosiftError {
  if (rows === 0) {
    return new EvosiftError('bad_data', `${path} has no scores yet; finish its scoring first`);
  }
  const why = Object.entries(reasons).map(([reason, count]) => `${count} ${reason}`);
  const remedy =
    'empty_response' in reasons ? '; have them answered first (evosift respond), then score the answers' : '';
  return new EvosiftError('bad_data', `${path}: none of its ${rows} rows is scored (${why.join(', ')})${remedy}`);
}
