import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import type { DownloadProgress } from '../hub/file-puller.js';
import { isHubId } from '../hub/repository.js';
import { datasetSource, isHubSource } from './datasets/dataset-name.js';
import { openRows } from './open-rows.js';
import type { OpenRowsOptions, RowSource } from './source-row.js';

/** Which rows of what data, and whom to tell about the way there. */
export interface OpenDataOptions extends OpenRowsOptions {
  readonly config?: string | undefined;
  readonly hub?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
  readonly logger?: Logger | undefined;
}

/** Rows, and what their files are called for good. */
export interface OpenedData {
  readonly rows: RowSource;
  /** By file of `rows`: its name on the hub, by which the same bytes are found again; null for a file of this machine. */
  readonly hubNames: readonly (string | null)[];
  /** By file of `rows`: that name, or the absolute path. */
  readonly names: readonly string[];
}

/** Says how a dataset is named, where a source that is not there has the form of one's id. */
function hinting(error: unknown, sources: readonly string[]): unknown {
  const id = sources.find((source) => /^[^/]+\/[^/.]+$/.test(source) && isHubId(source) && !existsSync(source));
  if (id === undefined || !(error instanceof EvosiftError) || error.code !== 'bad_data') return error;
  const message = `${error.message}\nIf it is a dataset of the hub, name it hf://datasets/${id}`;
  return new EvosiftError('bad_data', message, { cause: error, option: error.option });
}

/**
 * Opens the rows of data, wherever these are: `openRows` for what is on this machine; what is on the hub is brought into
 * the Hugging Face cache first, unless it is there.
 *
 * @param sources Files, globs, directories, and `hf://datasets/OWNER/NAME[@REV][/PATH]`.
 * @throws EvosiftError as `openRows`; `bad_argument`, `hub_error`, `disk_full`, `aborted`.
 */
export async function openData(sources: readonly string[], options: OpenDataOptions = {}): Promise<OpenedData> {
  const { split, field, maxRowBytes, config, hub = false, signal, onDownload: onProgress, logger } = options;
  const wanted = hub ? sources.map(datasetSource) : sources;
  if (config !== undefined && !wanted.some(isHubSource)) {
    throw new EvosiftError(
      'bad_argument',
      '`config` chooses among those of a dataset on the hub, which none of the data is',
      {
        option: 'config',
      },
    );
  }
  const paths: string[] = [];
  const names = new Map<string, string>();
  for (const source of wanted) {
    if (!isHubSource(source)) {
      paths.push(source);
      continue;
    }
    const { hubDataset } = await import('./datasets/hub-dataset.js');
    const { files, notices } = await hubDataset(source, { split, config, signal, onProgress });
    for (const notice of notices) logger?.warn({ data: source }, notice);
    for (const { path, name } of files) {
      paths.push(path);
      names.set(path, name);
    }
  }
  const rows = await openRows(paths, { split, field, maxRowBytes }).catch((error: unknown) => {
    throw hinting(error, sources);
  });
  const hubNames = rows.files.map(({ path }) => names.get(path) ?? null);
  return { rows, hubNames, names: rows.files.map(({ path }, number) => hubNames[number] ?? resolve(path)) };
}
