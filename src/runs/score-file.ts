import { EvosiftError } from '../base/errors.js';
import { isRecord } from '../base/json.js';
import { toCamelCase, toSnakeCase } from '../base/snake-case.js';
import { readLines } from '../files/json-lines.js';
import type { LogFormat } from '../files/log-index.js';
import type { ScoreLine } from './score-line.js';

/** A line of `scores.jsonl`, and its bytes there. */
export interface PlacedLine {
  readonly line: ScoreLine;
  /** With the line end. */
  readonly length: number;
}

/**
 * The whole lines of a `scores.jsonl`; a torn last one is left out. Throws `bad_data` for a line that is no score.
 */
export async function* readScoreLines(path: string): AsyncGenerator<PlacedLine> {
  for await (const { bytes, line: number } of readLines(path)) {
    const line = parseScoreLine(bytes.toString());
    if (line === null) throw damaged(path, number);
    yield { line, length: bytes.length + 1 };
  }
}

/** The text of a line, line end included. */
export function scoreText(line: ScoreLine): string {
  return `${JSON.stringify(toSnakeCase(line))}\n`;
}

/** Scores by the content's hash; all lines of a row are found together. */
export const SCORES_BY_CONTENT: LogFormat<ScoreLine> = {
  parse: parseScoreLine,
  textOf: scoreText,
  // A worker's death says nothing of the row.
  keyOf: ({ hash, reason }) => (reason === 'worker_failed' ? null : hash),
  groupOf: ({ index }) => index,
  keeps: 'first',
  damaged,
};

function parseScoreLine(text: string): ScoreLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const isLine = isRecord(value) && typeof value['index'] === 'number' && typeof value['status'] === 'string';
  return isLine ? (toCamelCase(value) as ScoreLine) : null;
}

function damaged(path: string, line: number): EvosiftError {
  return new EvosiftError('bad_data', `${path} line ${line} is damaged; start the run over with \`force\``);
}
