import type { RowLayout } from '../../rows/row-layout.js';

/** How rows that a run made are read. */
export type MadeLayout = Pick<RowLayout, 'format' | 'columns'>;

/** A file of rows that a run has made. */
export interface MadeRows<Name extends string> {
  /** What the run calls the file. */
  readonly file: Name;
  readonly layout: MadeLayout;
  /** How many it holds. */
  readonly rows: number;
}

/** Of rows in the form of Alpaca, each with its id. */
export const ALPACA_LAYOUT: MadeLayout = {
  format: 'alpaca',
  columns: { instruction: 'instruction', input: 'input', output: 'output', id: 'id' },
};
