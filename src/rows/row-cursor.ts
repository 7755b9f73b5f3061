import type { RowSource, SourceRow } from './source-row.js';

/** Goes through a source's rows once, in order, to those that are asked for. */
export class RowCursor {
  #iterator: AsyncIterator<SourceRow> | null = null;
  #current: SourceRow | null = null;

  /** @param onRow Told every row that it comes by. */
  constructor(
    private readonly source: Pick<RowSource, 'rows'>,
    private readonly onRow: (row: SourceRow) => void = () => {},
  ) {}

  /** The row of an index that is no smaller than the last one; null where the data end before it. */
  async at(index: number): Promise<SourceRow | null> {
    this.#iterator ??= this.source.rows({ from: index })[Symbol.asyncIterator]();
    while (this.#current === null || this.#current.index < index) {
      const { done, value } = await this.#iterator.next();
      if (done === true) return null;
      this.#current = value;
      this.onRow(value);
    }
    return this.#current;
  }

  async close(): Promise<void> {
    await this.#iterator?.return?.();
  }
}
