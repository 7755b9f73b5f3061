import { basename, dirname } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import { isRecord } from '../../base/json.js';
import type { BenchmarkResult } from './benchmark-result.js';

/**
 * What lm-evaluation-harness (0.4) writes of one model, `MODEL/results_*.json`: by task, `METRIC,FILTER` and
 * `METRIC_stderr,FILTER`. The filter `none` is left out of a metric's name. A value that is NaN there is NaN here. Null where an
 * object is none.
 *
 * @throws EvosiftError `bad_data` where it is of an earlier version.
 */
export function harnessResults(
  document: Readonly<Record<string, unknown>>,
  path: string,
): readonly BenchmarkResult[] | null {
  const { results, model_name: name } = document;
  if (!isRecord(results) || Object.values(results).some((task) => !isRecord(task))) return null;
  const series = typeof name === 'string' && name !== '' ? name : basename(dirname(path));
  if (Object.values(results).some(isFormer)) {
    throw new EvosiftError(
      'bad_data',
      `${path} is of lm-evaluation-harness 0.3 or earlier, which is not supported; evaluate by 0.4, or write series,x,metric,value`,
    );
  }
  return Object.entries(results).flatMap(([x, task]) => taskResults(series, x, isRecord(task) ? task : {}));
}

/** Before 0.4 metrics had no filters. */
const isFormer = (task: unknown): boolean =>
  isRecord(task) &&
  Object.values(task).some((value) => typeof value === 'number') &&
  !Object.keys(task).some((key) => key.includes(','));

const taskResults = (series: string, x: string, task: Readonly<Record<string, unknown>>): BenchmarkResult[] =>
  Object.entries(task).flatMap(([key, value]) => {
    const [metric = '', filter] = key.split(/,(.*)/s);
    if (filter === undefined || metric.endsWith('_stderr')) return [];
    // NaN was read as null.
    if (typeof value !== 'number' && value !== null) return [];
    const error = task[`${metric}_stderr,${filter}`];
    const stderr = typeof error === 'number' ? error : null;
    return [{ series, x, metric: filter === 'none' ? metric : key, value: value ?? NaN, stderr }];
  });
