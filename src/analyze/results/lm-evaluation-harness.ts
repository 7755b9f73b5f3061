import { basename, dirname } from 'node:path';
import { isRecord } from '../../base/json.js';
import type { BenchmarkResult } from './benchmark-result.js';

/**
 * What lm-evaluation-harness (0.4) writes of one model, `MODEL/results_*.json`: by task, `METRIC,FILTER` and
 * `METRIC_stderr,FILTER`. The filter `none` is left out of a metric's name. Null where an object is none.
 */
export function harnessResults(
  document: Readonly<Record<string, unknown>>,
  path: string,
): readonly BenchmarkResult[] | null {
  const { results, model_name: name } = document;
  if (!isRecord(results) || Object.values(results).some((task) => !isRecord(task))) return null;
  const series = typeof name === 'string' && name !== '' ? name : basename(dirname(path));
  return Object.entries(results).flatMap(([x, task]) => taskResults(series, x, isRecord(task) ? task : {}));
}

const taskResults = (series: string, x: string, task: Readonly<Record<string, unknown>>): BenchmarkResult[] =>
  Object.entries(task).flatMap(([key, value]) => {
    const [metric = '', filter] = key.split(/,(.*)/s);
    if (filter === undefined || metric.endsWith('_stderr') || typeof value !== 'number') return [];
    const error = task[`${metric}_stderr,${filter}`];
    const stderr = typeof error === 'number' ? error : null;
    return [{ series, x, metric: filter === 'none' ? metric : key, value, stderr }];
  });
