/** `evosift/data`: the rows of files, as evosift reads them. */
export type { DataFormat, OpenRowsOptions, RowRange, RowSource, SourceFile, SourceRow } from './source-row.js';
export type { ColumnMap, RowFormat, RowLayout } from './row-layout.js';
export type { Message, ParsedRow, Example, ReasonCode, Role, Tools } from './example.js';
export { messageParts, type MessageParts, type PartName, type ToolCall } from './message-parts.js';
export { detectLayout, parseColumns, type LayoutOptions } from './detect-layout.js';
export { isGlob } from './glob.js';
export { isHubSource } from './datasets/dataset-name.js';
export { openData, type OpenDataOptions, type OpenedData } from './open-data.js';
export { openRows } from './open-rows.js';
export { parseRow } from './parse-row.js';
