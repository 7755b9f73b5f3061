import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../base/json.js';
import type { Reporting } from '../../async/reporting-task.js';
import { embedCached } from '../../embed/embeddings/embed-cached.js';
import type { EmbeddingProgress, Embeddings, Encoder, RowToEmbed } from '../../embed/index.js';
import type { AnalyzeProgress } from '../options.js';
import { EMBEDDINGS_FOLDER } from '../output-directory.js';
import { scoredRows } from '../rows/read-rows.js';
import type { AnalyzedRun } from '../runs/open-run.js';

/** How an instruction is written for its embedding. */
export const TEXT_FORM = 'published' as const;

/**
 * Embeds the scored rows of a run into a file in the analysis's directory, which a later analysis of the same rows by the same
 * encoder finds there.
 *
 * @throws EvosiftError as `embedCached`.
 */
export async function embedRun(
  run: AnalyzedRun,
  encoder: Encoder,
  out: string,
  { signal, onProgress, logger }: Reporting<AnalyzeProgress>,
): Promise<Embeddings> {
  const folder = join(out, EMBEDDINGS_FOLDER);
  await mkdir(folder, { recursive: true });
  // Other rows or another encoder have a file of their own.
  const meant = canonicalJson([run.identity, run.subject.complete, encoder.about, TEXT_FORM]);
  const name = createHash('sha256').update(meant).digest('hex').slice(0, 16);
  const options = {
    encoder,
    path: join(folder, `${name}.parquet`),
    text: TEXT_FORM,
    ...(signal && { signal }),
    onProgress: ({ rows }: EmbeddingProgress) => onProgress({ stage: 'embedding', rows }),
  };
  const embeddings = await embedCached(() => rowsToEmbed(run), options, logger);
  // These are the run's very rows: they are found by their index.
  return { ...embeddings, hashes: [] };
}

async function* rowsToEmbed(run: AnalyzedRun): AsyncGenerator<RowToEmbed> {
  let last = -1;
  for await (const { line, parsed } of scoredRows(run)) {
    // A row whose turns were scored one by one has several lines.
    if (line.status === 'scored' && line.index !== last) yield { index: line.index, row: parsed };
    last = line.index;
  }
}
