import { join } from 'node:path';
import { embedCached } from '../../embed/embeddings/embed-cached.js';
import { loadEncoder, readEmbeddings, type Embeddings } from '../../embed/index.js';
import type { RowLayout } from '../../rows/row-layout.js';
import type { RankPlan } from '../plan.js';
import { rankedRows, type RankedRun } from '../ranked-rows.js';
import { exampleOf } from '../row-example.js';
import type { DiversityPlan } from './diversity-plan.js';

/** Vectors of a run's rows, and where they are from. */
export type RunVectors = Pick<Embeddings, 'vectors' | 'hashes' | 'indexes' | 'ids'> & {
  readonly path: string;
  /** Made here of all the run's rows: who has no vector has no text to make one of. */
  readonly isOurs: boolean;
};

/**
 * The vectors of a file, or those that an encoder makes of the run's rows. These stay in the run, in
 * `embeddings-HASH.parquet`: another ranking of the same rows takes them from there, and one that was killed goes on.
 */
export async function vectorsOf(
  run: RankedRun,
  plan: RankPlan,
  { vectors }: DiversityPlan,
  layout: RowLayout,
): Promise<RunVectors> {
  if ('embeddings' in vectors) {
    return { ...(await readEmbeddings(vectors.embeddings)), path: vectors.embeddings, isOurs: false };
  }
  const { signal, onProgress } = plan;
  const { encoder: directory, encoderFile } = vectors;
  await using encoder = await loadEncoder({
    encoder: directory,
    ...(encoderFile !== undefined && { encoderFile }),
    ...(signal !== undefined && { signal }),
  });
  const path = join(plan.run, `embeddings-${encoder.about.hash.slice(0, 8)}.parquet`);
  const found = await embedCached(() => rowsOf(run, layout), {
    encoder,
    path,
    ...(signal !== undefined && { signal }),
    onProgress: ({ rows }) => onProgress({ stage: 'embedding', rows }),
  });
  return { ...found, path, isOurs: true };
}

/** Each row of the run once, in input order. */
async function* rowsOf(run: RankedRun, layout: RowLayout) {
  let last = -1;
  for await (const row of rankedRows(run, 'lines')) {
    const index = Number(row.added.find(([name]) => name === 'index')?.[1]);
    // The turns of a row stand together.
    if (index === last) continue;
    last = index;
    yield { index, row: exampleOf(row, layout) };
  }
}
