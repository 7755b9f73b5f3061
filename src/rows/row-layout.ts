export const ROW_FORMATS = [
  'alpaca',
  'sharegpt',
  'messages',
  'prompt-completion',
  'query-response',
  'preference',
] as const;

/** What a row's columns mean. */
export type RowFormat = (typeof ROW_FORMATS)[number];

/** Which column holds what; a field that is absent here is absent in the rows. */
export interface ColumnMap {
  readonly instruction?: string;
  readonly input?: string;
  readonly output?: string;
  /** What was thought before the output; where it is not named, `reasoning_content` of rows that have it. */
  readonly reasoning?: string;
  readonly id?: string;
  readonly system?: string;
  readonly history?: string;
  /** The list of messages of a ShareGPT or messages row. */
  readonly messages?: string;
  /** The descriptions of tools, a list or JSON text; where it is not named, `tools` of rows that have it. */
  readonly tools?: string;
}

/** Format and columns, settled for a whole data set. */
export interface RowLayout {
  readonly format: RowFormat;
  readonly columns: ColumnMap;
  /** Nobody fixed them: a row that lacks these columns is read by its own. */
  readonly loose?: boolean;
  /** The answer of preference rows that was asked for. */
  readonly answer?: 'chosen' | 'rejected' | undefined;
}
