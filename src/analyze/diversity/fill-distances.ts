import { EvosiftError } from '../../base/errors.js';
import type { Reporting } from '../../async/reporting-task.js';
import { nearestNeighbors } from '../../neighbors/index.js';
import type { AnalyzeProgress } from '../options.js';
import type { AnalyzePlan } from '../plan.js';
import type { RowKey, RowTable } from '../rows/row-table.js';
import type { RowVectors } from './match-embeddings.js';

/** Turns that were scored one by one are one row, which would be its own neighbour. */
export const rowsOf = (keys: readonly RowKey[]): RowKey[] => [...new Map(keys.map((key) => [key.index, key])).values()];

/**
 * Measures the distance of each vector to its nearest other one, into the table.
 *
 * @param keys Those of all lines: a row's turns share its distance.
 * @returns By vector, its distance.
 * @throws EvosiftError as `nearestNeighbors`; `bad_data` for a distance beyond 32 bits.
 */
export async function fillDistances(
  table: RowTable,
  run: string,
  keys: readonly RowKey[],
  { rows, vectors }: RowVectors,
  { metric, threads }: AnalyzePlan,
  { signal, onProgress }: Reporting<AnalyzeProgress>,
): Promise<Float32Array> {
  const { distances } = await nearestNeighbors(vectors, {
    metric,
    ...(threads !== undefined && { threads }),
    ...(signal && { signal }),
    onProgress: (share) => onProgress({ stage: 'neighbors', rows: Math.round(share * rows.length) }),
  });
  const beyond = distances.indexOf(Infinity);
  if (beyond >= 0) {
    throw new EvosiftError(
      'bad_data',
      `The embedding of row ${rows[beyond]?.index} of ${run} lies farther from all others than a number of 32 bits can say\n` +
        'Scale the embeddings down, or take the metric cosine.',
      { option: 'metric' },
    );
  }
  const byRow = new Map(rows.map(({ index }, vector) => [index, distances[vector] ?? NaN]));
  await table.fill(
    'minNeighborDistance',
    keys.map(({ place, index }) => [place, byRow.get(index) ?? NaN]),
  );
  return distances;
}
