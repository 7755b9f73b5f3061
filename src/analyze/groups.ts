/** What rows are told apart by: the data file that they are in, and of rows that were made how and by whom. */
export const GROUPINGS = ['dataset', 'round', 'operation', 'generator'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Rows that agree in something. */
export interface GroupKey {
  readonly by: Grouping;
  readonly value: string;
}
