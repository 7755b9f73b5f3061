import { basename, dirname, extname } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import type { BenchmarkResult } from './benchmark-result.js';
import { cellNumber, cellText, type TableLayout } from './table-layout.js';

const COLUMNS = ['dataset', 'version', 'metric', 'mode'];

/** A summary of OpenCompass (`summary_*.csv`): a data set and metric a row, a column a model; `-` is no result. */
export const OPENCOMPASS_SUMMARY: TableLayout = {
  expected: "OpenCompass's dataset,version,metric,mode,MODEL…",
  fits: (columns) => COLUMNS.every((name) => columns.includes(name)) && columns.length > COLUMNS.length,
  // Whatever else there is is a model.
  unknown: () => [],
  results: (row, where) => {
    const [x, metric] = [cellText(row, 'dataset'), cellText(row, 'metric')];
    if (x === null || metric === null) return [];
    return Object.keys(row)
      .filter((name) => !COLUMNS.includes(name))
      .flatMap((series) => {
        const value = cellNumber(row, series, where);
        return value === null ? [] : [{ series, x, metric, value, stderr: null }];
      });
  },
};

/** Numbers that OpenCompass's own summary leaves out: parts of BLEU. */
const PARTS = ['bp', 'sys_len', 'ref_len'];

/**
 * What OpenCompass writes of one model and data set, `results/MODEL/DATASET.json`: metrics by name. Null where an object
 * is none.
 *
 * @throws EvosiftError `bad_data` where the file says that the evaluation failed.
 */
export function openCompassResults(
  document: Readonly<Record<string, unknown>>,
  path: string,
): readonly BenchmarkResult[] | null {
  if (typeof document['error'] === 'string') {
    throw new EvosiftError('bad_data', `${path}: the evaluation failed: ${document['error'].slice(0, 200)}`);
  }
  const names = Object.keys(document).filter((name) => typeof document[name] === 'number' && !PARTS.includes(name));
  if (names.length === 0) return null;
  const [series, x] = [basename(dirname(path)), basename(path, extname(path))];
  return names.map((metric) => ({ series, x, metric, value: Number(document[metric]), stderr: null }));
}
