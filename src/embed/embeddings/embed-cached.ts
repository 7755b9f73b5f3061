import { EvosiftError } from '../../base/errors.js';
import { silentLogger, type Logger } from '../../base/logger.js';
import type { EmbedRowsOptions } from './embed-rows-options.js';
import { embedRows } from './embed-rows.js';
import type { RowToEmbed } from './embedding-row.js';
import type { Embeddings } from './read-embeddings.js';

/**
 * Embeds rows into a file that is the caller's own, whose user need not know of it: where it holds other rows, as those of a
 * run before it grew, it is made anew, and so it is where it is damaged, with a warning.
 *
 * @param rows Gives them from the first one on, each time.
 * @throws EvosiftError as `embedRows`.
 */
export async function embedCached(
  rows: () => AsyncIterable<RowToEmbed>,
  options: Omit<EmbedRowsOptions, 'force'>,
  logger: Logger = silentLogger,
): Promise<Embeddings> {
  let embeds = false;
  try {
    const onProgress: EmbedRowsOptions['onProgress'] = (progress) => {
      embeds = true;
      options.onProgress?.(progress);
    };
    return await embedRows(rows(), { ...options, onProgress });
  } catch (error) {
    // What goes wrong while rows are embedded has nothing to do with what was there.
    if (embeds || !(error instanceof EvosiftError)) throw error;
    if (error.code === 'run_busy') {
      const text = `${options.path}: another process embeds these rows at this moment; wait for it`;
      throw new EvosiftError('run_busy', text, { cause: error });
    }
    if (error.code === 'bad_data') {
      logger.warn({ path: options.path }, `${error.message.split('\n')[0]}; the embeddings are made anew`);
    } else if (error.code !== 'run_mismatch') throw error;
    return await embedRows(rows(), { ...options, force: true });
  }
}
