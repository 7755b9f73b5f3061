import { DEFAULT_MAX_ROW_BYTES, type OpenRowsOptions } from './source-row.js';

/** What a run's identity says of how its files are opened; absent where that is as ever. */
export interface OpenedAs {
  /** The arrays that the rows are in. */
  readonly field?: string;
  /** The longest row that is read. */
  readonly max_row_bytes?: number;
}

export const openedAs = ({ field, maxRowBytes = DEFAULT_MAX_ROW_BYTES }: OpenRowsOptions): OpenedAs => ({
  ...(field !== undefined && { field }),
  ...(maxRowBytes !== DEFAULT_MAX_ROW_BYTES && { max_row_bytes: maxRowBytes }),
});

/** The options to open a run's files with as it did. */
export const openAgain = ({ field, max_row_bytes: maxRowBytes }: OpenedAs): OpenRowsOptions => ({
  ...(field !== undefined && { field }),
  ...(maxRowBytes !== undefined && { maxRowBytes }),
});
